import { JsonEncoder, OnClose, OnOpen, ServerEndpoint, Session } from "wirespring";
import { NewsDesk, type News } from "./news-desk.js";

/** Sends its peer the latest news, then all that follow. It takes no messages: one that comes closes the connection with 1003. */
@ServerEndpoint({ value: "/news", encoders: [JsonEncoder] })
export class NewsEndpoint {
  #unsubscribe: (() => void) | undefined;

  constructor(private readonly desk: NewsDesk) {}

  @OnOpen()
  opened(session: Session): void {
    const send = (news: News) => void session.remote.sendObject(news);
    if (this.desk.latest) send(this.desk.latest);
    this.#unsubscribe = this.desk.subscribe(send);
  }

  @OnClose()
  closed(): void {
    this.#unsubscribe?.();
  }
}
