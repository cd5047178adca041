// Before anything of tsyringe, which needs the metadata that wirespring brings along.
import "wirespring";
import { describe, expect, it } from "vitest";
import { NewsDesk, type News } from "./news-desk.js";

describe("NewsDesk", () => {
  it("hands news to its readers and keeps the latest", () => {
    const desk = new NewsDesk();
    const read: News[] = [];
    desk.subscribe((news) => read.push(news));
    const news = desk.publish("Spring is here");
    expect(news.headline).toBe("Spring is here");
    expect(read).toEqual([news]);
    expect(desk.latest).toBe(news);
  });

  it("leaves a reader alone that has unsubscribed", () => {
    const desk = new NewsDesk();
    const read: News[] = [];
    const unsubscribe = desk.subscribe((news) => read.push(news));
    expect(desk.readers).toBe(1);
    unsubscribe();
    desk.publish("Spring is here");
    expect(read).toEqual([]);
    expect(desk.readers).toBe(0);
  });
});
