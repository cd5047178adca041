import { getHeapStatistics } from "node:v8";

/** Bytes that this process may have: by its cgroup or its heap, whichever is less. */
export function memoryLimit(): number {
  const { heap_size_limit: heap } = getHeapStatistics();
  // 0 or undefined where there is no cgroup; some systems say a number beyond all memory for "none".
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, heap) : heap;
}
