import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { findDirectories } from "../../src/host/directories.ts";
import type { Environment } from "../../src/host/directories.ts";
import { catchUserErrors } from "../helpers/user-errors.ts";

describe("findDirectories", () => {
  const byDefault = {
    home: "/home/ada",
    config: "/home/ada/.config/pale",
    data: "/home/ada/.local/share/pale",
    state: "/home/ada/.local/state/pale",
    cache: "/home/ada/.cache/pale",
  };
  const rows: [string, Environment, Partial<typeof byDefault>][] = [
    ["are below HOME by default", {}, {}],
    ["take a slash at the end of HOME away", { HOME: "/home/ada/" }, {}],
    ["take what says nothing out of HOME", { HOME: "//home/./bob/../ada//" }, {}],
    [
      "are where the XDG variables say",
      {
        XDG_CONFIG_HOME: "/x/config",
        XDG_DATA_HOME: "/x/data/",
        XDG_STATE_HOME: "/x/./state",
        XDG_CACHE_HOME: "/",
      },
      { config: "/x/config/pale", data: "/x/data/pale", state: "/x/state/pale", cache: "/pale" },
    ],
    [
      "are not where relative or empty ones say, as XDG has it",
      { XDG_CONFIG_HOME: "x", XDG_DATA_HOME: "", XDG_STATE_HOME: "~/s", XDG_CACHE_HOME: "./c" },
      {},
    ],
    [
      "can be below the root",
      { HOME: "/" },
      {
        home: "/",
        config: "/.config/pale",
        data: "/.local/share/pale",
        state: "/.local/state/pale",
        cache: "/.cache/pale",
      },
    ],
  ];
  for (const [what, environment, changes] of rows) {
    test(what, () => {
      const found = findDirectories({ HOME: "/home/ada", ...environment });
      assert.deepEqual(found, { ...byDefault, ...changes });
    });
  }

  for (const home of [undefined, "", "home/ada", "~", "./x"]) {
    test(`need a HOME that is a path, not ${JSON.stringify(home)}`, () => {
      assert.deepEqual(
        catchUserErrors(() => findDirectories({ HOME: home })),
        [
          {
            message: "`HOME` is not set to an absolute path",
            hint: 'export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"',
          },
        ],
      );
    });
  }
});
