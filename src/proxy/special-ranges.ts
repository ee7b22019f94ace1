import type { AddressClass } from "./addresses.ts";

/**
 * Addresses that are not plain hosts of the internet, from IANA's special-purpose registries for
 * IPv4 and IPv6 (RFC 6890 and updates), with the clouds' metadata services in front. The first
 * range that holds an address decides. IPv6 outside `2000::/3` is special without being listed;
 * those that have a better name are.
 *
 * `nat64` stands for "as the IPv4 address in its last 32 bits": in a network that has IPv6 only,
 * every IPv4 host is reached so (RFC 6052). The local-use prefix (RFC 8215) may lead anywhere and
 * is special, like 6to4 and Teredo, whose relays are gone.
 */
export const SPECIAL_RANGES: readonly (readonly [
  string,
  Exclude<AddressClass, "public"> | "nat64",
])[] = [
  ["169.254.169.254", "metadata"], // AWS, Google Cloud, Azure, Oracle, DigitalOcean and more
  ["169.254.169.253", "metadata"], // AWS resolver
  ["169.254.169.123", "metadata"], // AWS time
  ["169.254.170.2", "metadata"], // AWS containers
  ["169.254.170.23", "metadata"], // AWS EKS
  ["100.100.100.200", "metadata"], // Alibaba Cloud
  ["168.63.129.16", "metadata"], // Azure wire server, in a public range
  ["192.0.0.192", "metadata"], // Oracle Cloud, older address
  ["fd00:ec2::254", "metadata"], // AWS
  ["fd00:ec2::253", "metadata"], // AWS resolver
  ["fd00:ec2::23", "metadata"], // AWS EKS
  ["fd20:ce::254", "metadata"], // Google Cloud

  ["0.0.0.0/8", "special"], // this network; 0.0.0.0 reaches loopback on Linux
  ["10.0.0.0/8", "private"],
  ["100.64.0.0/10", "private"], // carrier-grade NAT
  ["127.0.0.0/8", "loopback"],
  ["169.254.0.0/16", "link-local"],
  ["172.16.0.0/12", "private"],
  ["192.0.0.0/24", "special"], // protocol assignments
  ["192.0.2.0/24", "special"], // documentation
  ["192.31.196.0/24", "special"], // AS112
  ["192.52.193.0/24", "special"], // AMT
  ["192.88.99.0/24", "special"], // 6to4 relays
  ["192.168.0.0/16", "private"],
  ["192.175.48.0/24", "special"], // AS112
  ["198.18.0.0/15", "special"], // benchmarks
  ["198.51.100.0/24", "special"], // documentation
  ["203.0.113.0/24", "special"], // documentation
  ["224.0.0.0/4", "multicast"],
  ["240.0.0.0/4", "special"], // reserved, with the broadcast address

  ["::/128", "special"],
  ["::1/128", "loopback"],
  ["64:ff9b::/96", "nat64"],
  ["64:ff9b:1::/48", "special"], // local-use NAT64
  ["100::/64", "special"], // discard
  ["100:0:0:1::/64", "special"], // dummy prefix
  ["2001::/23", "special"], // protocol assignments: Teredo, ORCHID, benchmarks
  ["2001:db8::/32", "special"], // documentation
  ["2002::/16", "special"], // 6to4
  ["2620:4f:8000::/48", "special"], // AS112
  ["3fff::/20", "special"], // documentation
  ["5f00::/16", "special"], // segment routing
  ["fc00::/7", "private"],
  ["fe80::/10", "link-local"],
  ["fec0::/10", "private"], // site-local
  ["ff00::/8", "multicast"],
];
