/**
 * Folders below the home directory that hold credentials, or the state of a program
 * that does. An agent is never started in one: a project is writable.
 */
export const CREDENTIAL_FOLDERS: readonly string[] = `
  .ssh .gnupg .pki .cert .minisign .age .putty .step .yubico
  .config/age .config/sops .config/putty .config/step .config/Yubico .local/share/pki
  .password-store .local/share/password-store .local/share/gopass .config/gopass
  .local/share/keyrings .gnome2/keyrings .local/share/kwalletd .config/op .op .1password
  .config/1Password .config/Bitwarden .config/rbw .cache/rbw .local/share/rbw .config/keepassxc
  .keepass .lastpass .local/share/lpass .config/lpass .credentials .secrets .keys
  .aws .azure .config/azure .config/gcloud .gcloud .oci .aliyun .bluemix .kube .minikube
  .config/helm .docker .config/containers .local/share/containers .terraform.d .pulumi
  .config/doctl .config/hcloud .config/scw .config/flyctl .fly .config/heroku .netlify
  .config/netlify .config/vercel .wrangler .config/.wrangler .config/stripe .supabase
  .config/railway .railway .snowflake .ansible .vagrant.d .chef .config/argocd .cloudflared
  .ngrok2 .config/ngrok .config/tailscale
  .git-credential-cache .cache/git/credential .config/gh .config/glab-cli .config/tea
  .config/github-copilot .cargo .gem .m2 .gradle .config/huggingface .huggingface .kaggle
  .config/rclone .config/filezilla .config/openvpn .config/wireguard
  .mozilla .config/google-chrome .config/chromium .config/BraveSoftware .config/microsoft-edge
  .config/vivaldi .librewolf .thunderbird .var snap
  .claude .codex .pi .gemini .config/opencode .local/share/opencode .aider .config/goose .local/share/goose .config/crush .local/share/crush
  .config/systemd .config/autostart .local/share/systemd
`
  .trim()
  .split(/\s+/u);
