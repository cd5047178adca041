import { ClientEndpointConfig, OnClose, OnMessage, ServerEndpointConfig, type Class } from "wirespring";
import { CaseList } from "../case-list.js";
import { annotatedClient, annotatedServer } from "./coded-endpoint.js";
import { addCoderLives, type Diary } from "./coder-life.js";
import { StringBean } from "./string-bean.js";

/** The life of coders that a decorator names, on a server and on a client: `ee/coder`. */

function encoding(diary: Diary): Class {
  class Encoding {
    @OnMessage()
    said(text: string): StringBean {
      return new StringBean(text);
    }
    @OnClose()
    closed(): void {
      diary.write("closed");
    }
  }
  return Encoding;
}

function decoding(diary: Diary): Class {
  class Decoding {
    @OnMessage()
    said(bean: StringBean): string {
      return bean.text;
    }
    @OnClose()
    closed(): void {
      diary.write("closed");
    }
  }
  return Decoding;
}

const list = new CaseList("ee/coder");
addCoderLives(list, "", { side: annotatedServer, config: ServerEndpointConfig, encoding, decoding });
addCoderLives(list, "OnClient", { side: annotatedClient, config: ClientEndpointConfig, encoding, decoding });

export const coderCases = list.cases;
