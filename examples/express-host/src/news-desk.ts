import { singleton } from "tsyringe";

/** One piece of news. */
export interface News {
  readonly headline: string;
  readonly at: string;
}

type Reader = (news: News) => void;

/** Takes news from the HTTP side and hands it to whoever listens: the one object that both sides share. */
@singleton()
export class NewsDesk {
  readonly #readers = new Set<Reader>();
  #latest: News | undefined;

  get latest(): News | undefined {
    return this.#latest;
  }

  get readers(): number {
    return this.#readers.size;
  }

  publish(headline: string): News {
    const news = { headline, at: new Date().toISOString() };
    this.#latest = news;
    for (const reader of this.#readers) reader(news);
    return news;
  }

  /** Calls `reader` for all news from now on. Gives a function that ends it. */
  subscribe(reader: Reader): () => void {
    this.#readers.add(reader);
    return () => void this.#readers.delete(reader);
  }
}
