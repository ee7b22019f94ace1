import { AUDIT, fixture, type Machine } from "./expected.ts";
import type { SystemCall } from "./interpret.ts";

/** Every number there is and some there are not, and all that the argument rules look at. */
export function listCalls(machine: Machine): SystemCall[] {
  const audit = AUDIT[machine];
  const byNumber = NUMBERS.flatMap((number) =>
    [0n, ALL_ONES].map((value) => ({ audit, number, arguments: Array(6).fill(value) })),
  );
  const byArgument = Object.entries(ARGUMENTS).flatMap(([name, lists]) =>
    lists.map((list) => ({ audit, number: fixture.numbers[machine][name]!, arguments: list })),
  );
  return [...byNumber, ...byArgument];
}

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
/** What is set above the 32 bits that the kernel looks at. */
const HIGH_HALVES = [0n, 1n << 32n, 0xffff_ffffn << 32n];

/** 512 to 547 are the calls that only x32 has. */
const NUMBERS = [
  ...range(0, 601),
  ...range(0x4000_0000, 0x4000_0000 + 601),
  0x1000,
  0xffff,
  0x3fff_ffff,
  0x7fff_ffff,
  0x8000_0000,
  0xbfff_ffff,
  0xc000_0000,
  0xffff_fffe,
  0xffff_ffff,
];

const SINGLE_BITS = range(0, 64).map((bit) => 1n << BigInt(bit));
const FAMILIES = [...range(0, 64), 0xff, 0x110, 0x7fff_ffff, 0xffff_ffff].map(BigInt);
const TYPES = [...range(0, 32), 0x80a, 0x8000a, 0x8080a, 0x80801].map(BigInt);
const PROTOCOLS = [...range(0, 24), 0x100, 0xffff_ffff].map(BigInt);
const PERSONALITIES = [0, 1, 8, 9, 0x20000, 0x20008, 0x20009, 0x40000, 0xffffffff].map(BigInt);
const REQUESTS = [0, 0x5401, 0x5411, 0x5412, 0x5413, 0x541b, 0x541c, 0x541d, 0xffffffff].map(
  BigInt,
);

const ARGUMENTS: Record<string, bigint[][]> = {
  clone: withHighHalves([0n, 17n, 0x3d0f00n, 0x7e020000n, 0x81ffffffn, ...SINGLE_BITS]).map(
    (flags) => [flags, 0x7e020000n, 0x7e020000n, 0n, 0n, 0n],
  ),
  ioctl: withHighHalves(REQUESTS).map((request) => [0x5412n, request, 0x5412n, 0n, 0n, 0n]),
  personality: withHighHalves([...PERSONALITIES, ...SINGLE_BITS]).map((value) => [value]),
  socket: withHighHalves(FAMILIES).flatMap((family) => [
    ...withHighHalves(TYPES).map((type) => [family, type, 0n]),
    ...withHighHalves(PROTOCOLS).map((protocol) => [family, 3n, protocol]),
  ]),
  socketpair: withHighHalves(FAMILIES).map((family) => [family, 1n, 0n]),
};

function withHighHalves(values: readonly bigint[]): bigint[] {
  return HIGH_HALVES.flatMap((high) => values.map((low) => high | low));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
