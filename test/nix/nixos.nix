# What a NixOS with pale is made of: an entry for each link that leads into the store.
{
  root,
  system,
  lib ? import ./nixpkgs/lib.nix,
}:
let
  pkgs = import ./nixpkgs/pkgs.nix { inherit system lib; };
  world = import ./evaluate.nix { inherit root pkgs; };
  shims = import (root + "/nix/shims.nix");
  pale = pkgs.callPackage (root + "/nix/package.nix") { };
  inherit (world) claude codex;

  # In the user's profile, next to the real claude.
  homeManager = world.homeManager {
    programs.pale = {
      enable = true;
      package = pale;
      agents.claude = {
        enable = true;
        package = claude;
        extraArgs = [ "from the module" ];
      };
      profiles.claude.env.set = {
        FROM_HOME_MANAGER = "yes";
        FROM_BOTH = "the user's";
      };
    };
  };

  # For every user of the machine.
  nixos = world.nixos {
    programs.pale = {
      enable = true;
      package = pale;
      agents.codex = {
        enable = true;
        package = codex;
      };
      profiles.codex.env.set.FROM_NIXOS = "yes";
      profiles.claude.env.set.FROM_BOTH = "the system's";
    };
  };

  # One project's own.
  shell = shims.mkShims pkgs {
    inherit pale;
    agents.pi.package = pkgs.agent "pi";
    settings.uses = [ "devshell" ];
    settings.profile.pi.env.set.FROM_SHELL = "yes";
  };
  tool = pkgs.agent "project-tool";

  environment =
    name: paths:
    pkgs.buildEnv {
      inherit name;
      paths = paths;
    };
in
{
  inherit pale;
  dependencies = pkgs.callPackage (root + "/nix/dependencies.nix") { };

  all = pkgs.runCommandLocal "world" { } ''
    mkdir "$out"
    cd "$out"
    ln -s ${environment "home-manager-path" (homeManager.home.packages ++ [ claude ])} user
    ln -s ${
      environment "system-path" (
        nixos.environment.systemPackages
        ++ [
          pkgs.bash
          pkgs.busybox
        ]
      )
    } system
    ln -s ${homeManager.xdg.configFile."pale/config.toml".source} user.toml
    ln -s ${nixos.environment.etc."pale/config.toml".source} system.toml
    ln -s ${shell} shell
    ln -s ${tool} tool
    ln -s ${pkgs.bash}/bin/bash bash
    ln -s ${pkgs.busybox}/bin/env env
    ln -s ${pkgs.glibc}/lib glibc
  '';
}
