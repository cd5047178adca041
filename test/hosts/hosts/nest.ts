import { EndpointExporter, OnMessage, ServerEndpoint } from "wirespring";
import { Controller, Get, Injectable, Module, Req, Res } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import type { Request, Response } from "express";
import { endpoints } from "../endpoints.js";
import type { Host } from "../host.js";
import { Work } from "../work.js";
import { sessionMiddleware, visitBy } from "./session-middleware.js";

/** A provider of Nest, unknown to tsyringe. */
@Injectable()
class Counter {
  count = 0;
}

@Controller()
class SiteController {
  constructor(
    private readonly work: Work,
    private readonly counter: Counter,
  ) {}

  @Get()
  greeting(): string {
    return "NestJS 12";
  }

  @Get("slow")
  slow(): Promise<string> {
    return this.work.done();
  }

  @Get("count")
  count(): string {
    return String(++this.counter.count);
  }

  @Get("visits")
  visits(@Req() request: Request, @Res({ passthrough: true }) response: Response): string {
    request.session.visits = (request.session.visits ?? 0) + 1;
    response.cookie("taste", "sweet");
    return String(request.session.visits);
  }
}

/** Shares its counter with the controller. */
@ServerEndpoint("/count")
class CountEndpoint {
  constructor(private readonly counter: Counter) {}

  @OnMessage()
  count(_text: string): string {
    return String(++this.counter.count);
  }
}

/** NestJS 12 on Express: makes its server itself, and keeps its controllers and providers. */
export const nestHost: Host = {
  name: "NestJS 12",
  missing: /"message":"Cannot GET \/nowhere"/,
  async start(container) {
    class SiteModule {}
    Module({
      controllers: [SiteController],
      providers: [Counter, { provide: Work, useValue: container.resolve(Work) }],
    })(SiteModule);
    const app = await NestFactory.create<NestExpressApplication>(SiteModule, { logger: false });
    const sessions = sessionMiddleware();
    app.use(sessions);
    const server = app.getHttpServer();
    const sockets = await new EndpointExporter({
      container,
      endpoints: [...endpoints, CountEndpoint],
      httpSession: visitBy(sessions),
      resolve: (token) => app.get(token as never, { strict: false }),
    }).export(server);
    sockets.closeWith(server);
    await app.listen(0, "127.0.0.1");
    return { server, sockets, close: () => app.close() };
  },
};
