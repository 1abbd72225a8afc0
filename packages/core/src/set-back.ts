/** The wall clock was set back: what waits for a time would wait for that much longer. */
import type { Session, State } from "./state.ts";

/** The same state with all waits as long as they were. @param ms - by how much. */
export function setBack(state: State, ms: number): State {
  const sooner = (time: number): number => time - ms;
  const rooms = [...state.rooms].map(([id, room]) => {
    const { astray, asks, choreAt, choresFrom, retryAt } = room;
    const moved = {
      retryAt: sooner(retryAt),
      choreAt: choreAt && sooner(choreAt),
      choresFrom: sooner(choresFrom),
      astray: astray && { ...astray, retryAt: sooner(astray.retryAt) },
      asks: asks.map((ask) => ({ ...ask, dueAt: sooner(ask.dueAt) })),
    };
    return [id, { ...room, ...moved }] as const;
  });
  return {
    ...state,
    rooms: new Map(rooms),
    session: moveSession(state.session, sooner),
    sleepers: state.sleepers.map((sleeper) => ({ ...sleeper, at: sooner(sleeper.at) })),
    lookedAt: sooner(state.lookedAt),
  };
}

function moveSession(session: Session, sooner: (time: number) => number): Session {
  switch (session.state) {
    case "offline":
      return { ...session, retryAt: session.retryAt && sooner(session.retryAt) };
    case "dialing":
      return session;
    case "handshake":
      return { ...session, heardAt: sooner(session.heardAt) };
    case "online":
      return { ...session, heardAt: sooner(session.heardAt), pingedAt: sooner(session.pingedAt) };
  }
}
