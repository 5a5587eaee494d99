/**
 * A text without what the server refuses because databases can't keep it: NUL, and halves of a character. They come by
 * paste, and nobody sees them. Not for every key: some input methods bring a character in two halves. Pure.
 */
export const storable = (text: string): string => text.replace(/[\0\p{Cs}]/gu, '');
