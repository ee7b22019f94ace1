export const FORMATS = ["agent-sandbox", "redoubtful", "fence", "srt"] as const;

export type Format = (typeof FORMATS)[number];
