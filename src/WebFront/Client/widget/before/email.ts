/** Whether that can be an address: what a mail server makes of it only the mail server knows. */
export const isEmail = (text: string) => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
