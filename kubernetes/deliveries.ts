import type { Log } from './log.ts';

/** Hears that an object is new or changed, or (undefined) gone. */
export type ChangeHandler<T> = (key: string, object: T | undefined) => void | Promise<void>;

/** Hands changes to a handler one at a time, in order. A handler that throws or rejects loses only that change. */
export function createDeliveries<T>(handler: ChangeHandler<T>, log: Log): ChangeHandler<T> {
  let queue: (readonly [string, T | undefined])[] = [];
  let delivering = false;

  async function deliver(): Promise<void> {
    delivering = true;
    while (queue.length > 0) {
      const batch = queue;
      queue = [];
      for (const [key, object] of batch) {
        try {
          const result = handler(key, object);
          if (result instanceof Promise) await result;
        } catch (error) {
          log('a change handler failed', { key, error });
        }
      }
    }
    delivering = false;
  }

  return (key, object) => {
    queue.push([key, object]);
    if (!delivering) void deliver();
  };
}
