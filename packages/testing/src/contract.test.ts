import { transportContract } from "./contract.js";
import { memoryConnection } from "./contract/memory-connection.js";

transportContract("memory", (opening) => memoryConnection(opening));
