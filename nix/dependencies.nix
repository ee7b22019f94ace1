# The npm packages that are bundled into pale, and nothing else of node_modules. With network, so of a
# fixed content: dependencies.hash is what test/nix/package.test.ts computes from package-lock.json.
{
  lib,
  stdenvNoCC,
  nodejs,
  cacert,
}:
stdenvNoCC.mkDerivation {
  name = "pale-dependencies";
  src = lib.fileset.toSource {
    root = ../.;
    fileset = lib.fileset.unions [
      ../package.json
      ../package-lock.json
    ];
  };

  nativeBuildInputs = [
    nodejs
    cacert
  ];
  impureEnvVars = lib.fetchers.proxyImpureEnvVars;

  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    npm ci --omit=dev --ignore-scripts --no-audit --no-fund
    runHook postBuild
  '';

  # What depends on npm and not on the packages goes, so that every npm makes the same tree.
  installPhase = ''
    runHook preInstall
    rm -rf node_modules/.package-lock.json node_modules/.bin
    find node_modules -type f -exec chmod a-x {} +
    cp -r node_modules $out
    runHook postInstall
  '';
  dontFixup = true;

  outputHashMode = "recursive";
  outputHash = lib.fileContents ./dependencies.hash;
}
