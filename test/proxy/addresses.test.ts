import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  type AddressClass,
  classifyAddress,
  contains,
  formatAddress,
  parseAddress,
  parseRange,
} from "../../src/proxy/addresses.ts";

const classes: [string, AddressClass][] = [
  ["1.1.1.1", "public"],
  ["8.8.8.8", "public"],
  ["93.184.216.34", "public"],
  ["223.255.255.255", "public"],
  ["2606:4700::1111", "public"],
  ["2a00:1450:4001::200e", "public"],
  ["3ffe::1", "public"],

  ["0.0.0.0", "special"],
  ["0.1.2.3", "special"],
  ["9.255.255.255", "public"],
  ["10.0.0.0", "private"],
  ["10.255.255.255", "private"],
  ["11.0.0.0", "public"],
  ["100.63.255.255", "public"],
  ["100.64.0.0", "private"],
  ["100.127.255.255", "private"],
  ["100.128.0.0", "public"],
  ["126.255.255.255", "public"],
  ["127.0.0.1", "loopback"],
  ["127.255.255.255", "loopback"],
  ["128.0.0.0", "public"],
  ["169.254.1.1", "link-local"],
  ["172.15.255.255", "public"],
  ["172.16.0.0", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "public"],
  ["192.0.0.1", "special"],
  ["192.0.1.0", "public"],
  ["192.0.2.1", "special"],
  ["192.31.196.1", "special"],
  ["192.52.193.1", "special"],
  ["192.88.99.1", "special"],
  ["192.167.255.255", "public"],
  ["192.168.0.1", "private"],
  ["192.169.0.0", "public"],
  ["192.175.48.1", "special"],
  ["198.17.255.255", "public"],
  ["198.18.0.1", "special"],
  ["198.19.255.255", "special"],
  ["198.20.0.0", "public"],
  ["198.51.100.1", "special"],
  ["203.0.113.1", "special"],
  ["224.0.0.1", "multicast"],
  ["239.255.255.255", "multicast"],
  ["240.0.0.1", "special"],
  ["255.255.255.255", "special"],

  ["169.254.169.254", "metadata"],
  ["169.254.170.2", "metadata"],
  ["100.100.100.200", "metadata"],
  ["168.63.129.16", "metadata"],
  ["168.63.129.17", "public"],
  ["192.0.0.192", "metadata"],
  ["fd00:ec2::254", "metadata"],
  ["::ffff:169.254.169.254", "metadata"],

  ["::", "special"],
  ["::1", "loopback"],
  ["::127.0.0.1", "special"],
  ["::ffff:127.0.0.1", "loopback"],
  ["::ffff:10.0.0.1", "private"],
  ["::ffff:7f00:1", "loopback"],
  ["::ffff:8.8.8.8", "public"],
  ["::ffff:0:8.8.8.8", "special"],
  ["64:ff9b::8.8.8.8", "public"],
  ["64:ff9b::10.0.0.1", "private"],
  ["64:ff9b::127.0.0.1", "loopback"],
  ["64:ff9b::a9fe:a9fe", "metadata"],
  ["64:ff9b:1::8.8.8.8", "special"],
  ["100::1", "special"],
  ["1fff::1", "special"],
  ["2001::1", "special"],
  ["2001:0:4136:e378:8000:63bf:3fff:fdd2", "special"],
  ["2001:1ff:ffff::1", "special"],
  ["2001:200::1", "public"],
  ["2001:db8::1", "special"],
  ["2002:7f00:1::1", "special"],
  ["2002:808:808::1", "special"],
  ["2620:4f:8000::1", "special"],
  ["3fff::1", "special"],
  ["3fff:1000::1", "public"],
  ["4000::1", "special"],
  ["5f00::1", "special"],
  ["fc00::1", "private"],
  ["fdff::1", "private"],
  ["fe80::1", "link-local"],
  ["febf::1", "link-local"],
  ["fec0::1", "private"],
  ["ff02::1", "multicast"],
];

for (const [text, expected] of classes) {
  test(`${text} is ${expected}`, () => {
    const address = parseAddress(text);
    assert.ok(address);
    assert.equal(classifyAddress(address), expected);
  });
}

test("the host's own networks are not public, in every spelling", () => {
  const own = [parseRange("93.184.216.0/24")!, parseRange("2606:4700::/64")!];
  for (const text of [
    "93.184.216.34",
    "::ffff:93.184.216.34",
    "64:ff9b::5db8:d822",
    "2606:4700:0::1",
  ]) {
    const address = parseAddress(text)!;
    assert.equal(classifyAddress(address, own), "this-network", text);
    assert.equal(classifyAddress(address), "public", text);
  }
});

for (const text of [
  "",
  "1",
  "1.2.3",
  "1.2.3.4.5",
  "01.2.3.4",
  "0177.0.0.1",
  "0x7f.0.0.1",
  "256.1.1.1",
  "1.2.3.4 ",
  "1.2.3.-4",
  "2130706433",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  ":1:2:3:4:5:6:7",
  "12345::",
  "g::",
  "fe80::1%eth0",
  "[::1]",
  "1.2.3.4::",
  "::1.2.3",
  "::1.2.3.4:5",
  "::01.2.3.4",
]) {
  test(`\`${text}\` is not an address in canonical spelling`, () => {
    assert.equal(parseAddress(text), undefined);
  });
}

test("an address that is written out is read back", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const address = parseAddress(text);
      assert.ok(address, text);
      const written = formatAddress(address);
      assert.equal(isIP(written), address.family);
      assert.deepEqual(parseAddress(written), address);
    }),
  );
});

test("whatever is taken for an address is one for the operating system too", () => {
  const nearly = fc.stringMatching(/^[0-9a-f:.]{1,20}$/u);
  fc.assert(
    fc.property(nearly, (text) => {
      if (parseAddress(text)) assert.notEqual(isIP(text), 0, text);
    }),
    { numRuns: 5000 },
  );
});

test("parsing is total", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
      parseAddress(text);
      parseRange(text);
    }),
  );
});

test("a range holds its own addresses and no others", () => {
  const range = parseRange("10.1.0.0/16")!;
  assert.ok(contains(range, parseAddress("10.1.255.255")!));
  assert.ok(!contains(range, parseAddress("10.2.0.0")!));
  assert.ok(!contains(range, parseAddress("2606::a01:1")!));
  assert.ok(contains(parseRange("0.0.0.0/0")!, parseAddress("1.2.3.4")!));
  assert.ok(contains(parseRange("2001:db8::/32")!, parseAddress("2001:db8:1::1")!));
  assert.equal(parseRange("10.0.0.0/33"), undefined);
  assert.equal(parseRange("10.0.0.0/x"), undefined);
});
