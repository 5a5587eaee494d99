import type { ProtocolError } from './types.ts';

/** The connection went away under a call, or there was none: its outcome is unknown. */
export class ConnectionLost extends Error {
  constructor() {
    super('The connection was lost.');
    this.name = 'ConnectionLost';
  }
}

/** A call was not answered in time: its outcome is unknown. */
export class CallTimeout extends Error {
  constructor(method: string) {
    super(`${method} was not answered in time.`);
    this.name = 'CallTimeout';
  }
}

/** An answer with a code. */
export class Refused extends Error {
  readonly error: ProtocolError;
  /** The HTTP status, for REST. */
  readonly status: number;

  constructor(error: ProtocolError, status = 0) {
    super(error.message || error.code);
    this.name = 'Refused';
    this.error = error;
    this.status = status;
  }
}
