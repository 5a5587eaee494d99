export interface Part {
  text: string;
  url?: string;
}

// Only what begins with http(s):// becomes a link, so that no other scheme can. Chinese punctuation and brackets end
// it, and so does a full stop or comma at its end. So do characters that turn the direction of what follows: an address
// reads as what it is.
const link =
  /https?:\/\/[^\s<>"'，。；：！？、）】》」\u200e\u200f\u202a-\u202e\u2066-\u2069]+[^\s<>"'，。；：！？、）】》」\u200e\u200f\u202a-\u202e\u2066-\u2069.,;:!?)\]]/gi;

export function linkParts(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of text.matchAll(link)) {
    if (match.index > from) parts.push({ text: text.slice(from, match.index) });
    parts.push({ text: match[0], url: match[0] });
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
