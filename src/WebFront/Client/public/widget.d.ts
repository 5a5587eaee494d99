/** What /widget.js offers to the page that carries it. It is there once the script has loaded. */
export interface CustomerServiceWidget {
  /** Opens the window; loads it where it was not open before. */
  open(): void;
  /** Closes the window. The conversation goes on. */
  close(): void;
}

declare global {
  interface Window {
    customerService?: CustomerServiceWidget;
  }
}
