import { AgentError } from '../errors.ts';

/** Of Restate's SDK, what the fleet uses. It is an optional peer: nothing of it is imported before a worker starts. */
export interface RestateSdk {
  object(definition: {
    readonly name: string;
    readonly handlers: Readonly<Record<string, (ctx: ObjectContext, input: never) => Promise<unknown>>>;
    readonly options: ObjectOptions;
  }): BoundObject;
  createEndpointHandler(options: {
    readonly services: readonly BoundObject[];
    readonly identityKeys?: readonly string[];
    readonly logger: (meta: { readonly level: string }, message?: unknown, ...more: readonly unknown[]) => void;
  }): (request: never, response: never) => void;
  readonly rpc: { sendOpts(options: { readonly delay: number }): unknown };
  readonly RestatePromise: {
    race<T>(promises: readonly RestatePromise<T>[]): RestatePromise<T>;
  };
}

declare const bound: unique symbol;
export interface BoundObject {
  readonly [bound]: true;
}

export interface RestatePromise<T> extends Promise<T> {
  /** Runs when the promise is awaited. `failure` is set when it has failed for good. */
  map<U>(mapper: (value: T | undefined, failure: Error | undefined) => U): RestatePromise<U>;
}

/** What a handler of a virtual object is given. */
export interface ObjectContext {
  readonly key: string;
  readonly date: { now(): Promise<number> };
  run<T>(name: string, action: () => Promise<T>): RestatePromise<T>;
  sleep(millis: number): RestatePromise<void>;
  awakeable<T>(): { readonly id: string; readonly promise: RestatePromise<T> };
  resolveAwakeable(id: string, payload: unknown): void;
  get<T>(name: string): Promise<T | null>;
  set(name: string, value: unknown): void;
  clear(name: string): void;
  clearAll(): void;
  objectClient(object: { readonly name: string }, key: string): Record<string, (input: unknown) => Promise<unknown>>;
  objectSendClient(
    object: { readonly name: string },
    key: string,
  ): Record<string, (input: unknown, options?: unknown) => unknown>;
}

/** Durations in milliseconds. */
export interface ObjectOptions {
  readonly retryPolicy: {
    readonly initialInterval: number;
    readonly exponentiationFactor: number;
    readonly maxInterval: number;
    readonly maxAttempts: number;
    readonly onMaxAttempts: 'pause' | 'kill';
  };
  readonly enableLazyState: boolean;
  readonly journalRetention: number;
  readonly idempotencyRetention: number;
  readonly inactivityTimeout: number;
  readonly abortTimeout: number;
}

/** The versions that the fleet was made with: the newest that run on Node 20. */
export const SDK_PACKAGE = '@restatedev/restate-sdk';
export const SDK_VERSION = '1.17.2';

/**
 * Loads Restate's SDK.
 * @throws AgentError `fleet-unavailable` when it is not installed
 */
export async function loadSdk(): Promise<RestateSdk> {
  addWithResolvers();
  // By a variable, so that neither the compiler nor a plain install needs the package.
  const name: string = SDK_PACKAGE;
  try {
    // Its own types say the same, with more.
    return (await import(name)) as unknown as RestateSdk;
  } catch (error) {
    throw new AgentError('fleet-unavailable', `A worker needs ${SDK_PACKAGE}, which is not installed with gyre.`, {
      hint: `npm install ${SDK_PACKAGE}@${SDK_VERSION}`,
      cause: error,
    });
  }
}

/** The SDK calls it, and Node has it from 22 on. */
function addWithResolvers(): void {
  const promises = Promise as unknown as { withResolvers?: unknown };
  promises.withResolvers ??= function withResolvers() {
    let resolve: unknown;
    let reject: unknown;
    const promise = new Promise((whenDone, whenFailed) => {
      resolve = whenDone;
      reject = whenFailed;
    });
    return { promise, resolve, reject };
  };
}
