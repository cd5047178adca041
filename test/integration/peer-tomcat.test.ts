import { delimiter } from "node:path";
import { inject } from "vitest";
import { tomcatJars } from "../machine.js";
import { peerCases } from "./peer-cases.js";

const { tomcat: java } = inject("programs");

// What costs least for a program that runs for seconds.
const quick = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"];

peerCases("Tomcat", {
  command: java === undefined ? undefined : [java, ...quick, "-cp", tomcatJars.join(delimiter)],
  file: "TomcatPeer.java",
  plain: { sent: ["one ", "two ", "three 😀"], answered: ["[one ]", "[two ]", "[three 😀]"] },
  // It compresses small parts into one frame, those that its server hears one by one also.
  compressed: { sent: ["one two three 😀"], answered: ["[one ][two ][three 😀]"] },
});
