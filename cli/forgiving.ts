import { SoftError } from "../shared/model/errors.ts";
import type { Store } from "../shared/ports.ts";

/** What each read says where the table does not answer; writes are then left out. */
const NOTHING = {
  ownReport: undefined,
  reports: [],
  putReport: true,
  suspicions: [],
  ownSuspicion: undefined,
  putSuspicion: undefined,
  seen: {},
  putSeen: undefined,
  orders: [],
  steps: [],
  putFacts: undefined,
  announced: [],
  putAnnounced: true,
  conditions: [],
  putCondition: undefined,
  views: [],
  putView: undefined,
  shadow: undefined,
  putShadow: undefined,
  pending: [],
  putPending: undefined,
  deletePending: undefined,
  turns: {},
  putTurn: undefined,
  putHistory: undefined,
  history: [],
} satisfies Partial<Record<keyof Store, unknown>>;

/**
 * A store whose table may be gone: what cannot be read is empty, and it is told. Only for an operator who looks at what is
 * planned before it is done, never for the service: there unreadable is not empty.
 */
export function forgiving(store: Store, onFault: (error: SoftError) => void): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const method: unknown = Reflect.get(target, name, receiver);
      if (typeof method !== "function" || typeof name !== "string" || !(name in NOTHING)) return method;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(method, target, args);
        } catch (error) {
          if (!(error instanceof SoftError)) throw error;
          onFault(error);
          // `name in NOTHING` was asked above.
          return NOTHING[name as keyof typeof NOTHING];
        }
      };
    },
  });
}
