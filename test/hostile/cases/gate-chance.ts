import fc from "fast-check";

/** Request targets that nobody would send who means well, the same ones in each run. Used by the cases about paths. */

const PIECES = [
  ...Array.from("/?&=;:@.~%!ab7"),
  "//",
  "/rooms/",
  "/echo",
  "/admin",
  "..",
  "%2e",
  "%2E%2e",
  "%2f",
  "%5c",
  "%00",
  "%C3%A9",
  "%E0%A4%A",
  "%25",
  "__proto__",
  "constructor",
  "[",
  "{room}",
];

/** Targets that start like a path; what is behind is by chance. */
export function pathsByChance(count: number, seed: number, start = ""): readonly string[] {
  const piece = fc.constantFrom(...PIECES);
  const target = fc
    .tuple(fc.constantFrom("/", "/rooms/", "/echo", ""), fc.array(piece, { maxLength: 12 }))
    .map(([front, rest]) => (start === "" ? front : `${start}/`) + rest.join(""))
    // An empty target is no request line.
    .filter((path) => path !== "");
  return fc.sample(target, { numRuns: count, seed });
}

/** Paths that would take long where something looks for them by trying: repetitions, near misses, and as much of it as HTTP lets through. */
export function slowPaths(count: number): readonly string[] {
  const repeated = fc.tuple(
    fc.constantFrom("/", "a", "/a", "%2e", "/area7", "{x}", "/.", "%C3%A9", "/%", "a-", "/area7/17"),
    fc.oneof(
      { arbitrary: fc.integer({ min: 1, max: 2_000 }), weight: 49 },
      { arbitrary: fc.constant(16_200), weight: 1 },
    ),
    fc.constantFrom("", "!", "/", "/part7", "%", "/%2F"),
  );
  const path = repeated.map(([piece, length, end]) => {
    const front = piece.startsWith("/") ? "" : "/area7/";
    return front + piece.repeat(Math.max(1, Math.floor(length / piece.length))) + end;
  });
  return fc.sample(path, { numRuns: count, seed: 17 });
}
