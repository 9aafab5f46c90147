/** Where this room reports what it survived: a sentence and its particulars. Never credentials or object contents. */
export type Log = (message: string, fields: Readonly<Record<string, unknown>>) => void;

/** Says nothing. */
export const silent: Log = () => {};
