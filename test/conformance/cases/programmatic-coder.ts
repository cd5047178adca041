import { ClientEndpointConfig, Endpoint, ServerEndpointConfig, Session, type Class } from "wirespring";
import { CaseList } from "../case-list.js";
import { programmaticClient, programmaticServer } from "./coded-endpoint.js";
import { addCoderLives, type Diary } from "./coder-life.js";
import { StringBean } from "./string-bean.js";

/** The life of coders that a configuration names, on a server and on a client: `ee/programaticcoder`. */

function encoding(diary: Diary): Class {
  return class Encoding extends Endpoint {
    onOpen(session: Session): void {
      session.addMessageHandler(String, async (text) => {
        await session.remote.sendObject(new StringBean(text));
      });
    }
    override onClose(): void {
      diary.write("closed");
    }
  };
}

function decoding(diary: Diary): Class {
  return class Decoding extends Endpoint {
    onOpen(session: Session): void {
      session.addMessageHandler(StringBean, async (bean) => {
        await session.remote.sendText(bean.text);
      });
    }
    override onClose(): void {
      diary.write("closed");
    }
  };
}

const list = new CaseList("ee/programaticcoder");
addCoderLives(list, "", { side: programmaticServer, config: ServerEndpointConfig, encoding, decoding });
addCoderLives(list, "OnClient", { side: programmaticClient, config: ClientEndpointConfig, encoding, decoding });

export const programmaticCoderCases = list.cases;
