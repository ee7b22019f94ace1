# What is built with the pale of the checkout; test/nix/shims.test.ts says how it ends.
{
  root,
  system,
  lib ? import ./nixpkgs/lib.nix,
}:
let
  pkgs = import ./nixpkgs/pkgs.nix { inherit system lib; };
  world = import ./evaluate.nix { inherit root pkgs; };
  shims = import (root + "/nix/shims.nix");
  inherit (world) claude codex pale;

  packages =
    settings:
    (world.homeManager {
      programs.pale = {
        enable = true;
      }
      // settings;
    }).home.packages;
  profile =
    settings:
    pkgs.buildEnv {
      name = "profile";
      paths = packages settings;
    };
  agents = {
    claude = {
      enable = true;
      package = claude;
      extraArgs = [ "it's" ];
    };
    codex = {
      enable = true;
      package = codex;
      rawName = null;
    };
    gemini = {
      enable = true;
      rawName = "gemini-outside";
    };
  };
in
{
  # With the plain agents beside their shims, as both may be installed.
  environment = pkgs.buildEnv {
    name = "profile";
    paths = packages { inherit agents; } ++ [
      claude
      codex
    ];
  };

  # What makes that work.
  withoutPriority = pkgs.buildEnv {
    name = "profile";
    paths = map (package: package // { meta = { }; }) (packages { inherit agents; });
  };

  # Every kind of value there is.
  configuration =
    (world.homeManager {
      programs.pale = {
        enable = true;
        settings = {
          uses = [ "node" ];
          publish = "auto";
          git_identity = false;
          limits.memory = "4G";
          project."/home/ada/work".network = "open";
          mounts = [
            {
              host = "~/notes \"quoted\"";
              access = "rw";
            }
          ];
        };
        profiles.mine = { };
        profiles.yours.forwards = [ { host_port = 8080; } ];
      };
    }).xdg.configFile."pale/config.toml".source;

  wrong = {
    profile = profile { agents.claude = agents.claude // { profile = "cluade"; }; };
    uses = profile { profiles.mine.uses = [ "nobody" ]; inherit agents; };
    key = profile { settings.netwrok = "none"; inherit agents; };
    value = profile { settings.allow = [ "not a host" ]; inherit agents; };
    shell = shims.mkShims pkgs {
      inherit pale;
      agents.claude.profile = "cluade";
      settings = { };
    };
    # Which of the two `codex` were in `bin` would be anybody's guess.
    twin = shims.mkShims pkgs {
      inherit pale;
      agents.claude.rawName = "codex";
      agents.codex.rawName = null;
    };
  };

  shell = shims.mkShims pkgs {
    inherit pale;
    agents.claude.package = claude;
    settings.profile.claude.allow = [ "example.org" ];
  };
}
