# Configurations by name; test/nix/modules.test.ts says what becomes of each.
{
  root,
  system,
  lib ? import ./nixpkgs/lib.nix,
}:
let
  pkgs = import ./nixpkgs/pkgs.nix { inherit system lib; };
  world = import ./evaluate.nix { inherit root pkgs; };
  inherit (world) claude codex;

  homeManager = {
    nothing = { };

    "agents without enable" = {
      programs.pale.agents.claude.enable = true;
    };

    "enable alone" = {
      programs.pale.enable = true;
    };

    "two agents" = {
      programs.pale = {
        enable = true;
        agents.claude = {
          enable = true;
          package = claude;
        };
        agents.claude.extraArgs = [
          "--fast"
          "it's"
        ];
        agents.codex = {
          enable = true;
          package = codex;
          command = "codex-cli";
          profile = "work";
          rawName = null;
        };
        profiles.work.uses = [ "codex" ];
        settings.uses = [ "node" ];
      };
    };

    "an agent that is installed elsewhere" = {
      programs.pale = {
        enable = true;
        agents.pi.enable = true;
        enableZshIntegration = false;
      };
    };

    "an agent that is not enabled" = {
      programs.pale = {
        enable = true;
        agents.claude.package = claude;
      };
    };

    "names that clash" = {
      programs.pale = {
        enable = true;
        agents.claude.enable = true;
        agents.codex = {
          enable = true;
          rawName = "claude";
        };
      };
    };

    "names that are none" = {
      programs.pale = {
        enable = true;
        agents."a b".enable = true;
        agents.pale.enable = true;
      };
    };

    "a profile in two places" = {
      programs.pale = {
        enable = true;
        settings.profile.mine.uses = [ "claude" ];
        profiles.mine.network = "none";
      };
    };

    "hosts that nothing reaches" = {
      programs.pale = {
        enable = true;
        settings.network = "none";
        settings.allow = [ "example.org" ];
        profiles.open = {
          network = "host";
          allow = [ "example.org" ];
        };
        profiles.fine = {
          network = "filtered";
          allow = [ "example.org" ];
        };
      };
    };
  };

  nixos = {
    "nothing on NixOS" = { };

    "NixOS" = {
      programs.pale = {
        enable = true;
        agents.claude = {
          enable = true;
          package = claude;
        };
        profiles.claude.allow = [ "example.org" ];
      };
    };

    "NixOS without user namespaces" = {
      programs.pale.enable = true;
      security.allowUserNamespaces = false;
      boot.kernel.sysctl."user.max_user_namespaces" = 0;
    };

    "NixOS as hardened kernels have it" = {
      programs.pale.enable = true;
      boot.kernel.sysctl."kernel.unprivileged_userns_clone" = 0;
    };
  };

  # Must not evaluate.
  wrong = {
    "an option that is none" = {
      programs.pale.agent.claude.enable = true;
    };
    "a network that is none" = {
      programs.pale.settings.network = "everything";
    };
    "a port that is none" = {
      programs.pale.settings.forwards = [ { host_port = 99999; } ];
    };
    "a mount without a path" = {
      programs.pale.profiles.mine.mounts = [ { access = "rw"; } ];
    };
    "a shim of one's own in the place of finalPackage" = {
      programs.pale.agents.claude = {
        enable = true;
        finalPackage = claude;
      };
    };
  };
  twoAgents = world.homeManager homeManager."two agents";
  evaluated = lib.mapAttrs (
    _: case:
    let
      configuration = world.homeManager {
        imports = [
          case
          { programs.pale.enable = true; }
        ];
      };
    in
    builtins.deepSeq [
      (map (package: package.drvPath) configuration.home.packages)
      (lib.mapAttrs (_: file: file.source.drvPath) configuration.xdg.configFile)
    ] true
  ) wrong;
in
{
  everything = {
    cases =
      lib.mapAttrs (_: case: world.summarise (world.homeManager case)) homeManager
      // lib.mapAttrs (_: case: world.summarise (world.nixos case)) nixos;

    # How the shims are built and what shells are told.
    shims = map (package: package.script) (lib.filter (package: package ? unwrapped) twoAgents.home.packages);
    meta = twoAgents.programs.pale.agents.claude.finalPackage.meta;
    bash = twoAgents.programs.bash.initExtra;
    fish = twoAgents.programs.fish.interactiveShellInit;

    accepted = lib.attrNames (lib.filterAttrs (_: case: (builtins.tryEval case).success) evaluated);
  };

  wrong = evaluated;
}
