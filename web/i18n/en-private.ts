/** Words for that by which a page ends all that is private. */
const AWAY = 'as this page was reloaded, left, or continued in another tab';

/** The texts of private connections, in English. */
export const enPrivate = {
  heading: 'Private connections',
  about: 'The server keeps nothing of it.',
  ask: 'Private connection',
  askFor: (login: string) => `Ask ${login} for a private connection`,
  requests: 'Requests',
  /** Below the name, in the list under “Private connections”. */
  asksHere: 'Asks you for one.',
  accept: 'Accept',
  refuse: 'Refuse',
  refuseAll: 'Refuse all',
  later: 'Later, in the list',
  others: (count: number) => `and ${count} more`,
  cancel: 'Stop waiting',
  end: 'End my side',
  close: 'Close the connection',
  again: 'Ask again',
  kept: 'Not sent, but kept:',
  bytes: 'Bytes that are not text',
  raw: 'Raw text',
  unfinished: 'The beginning of a message whose end has not come',
  perhaps: 'Perhaps not received',
  left: (login: string) => `${login} has left the room.`,
  interrupted: 'The private connection is interrupted. Reconnecting…',
  asking: (login: string) => `Request sent. Waiting for ${login} to answer…`,
  askingCutOff: (login: string) =>
    `Your request to ${login} may not have arrived: the connection to the server is interrupted.`,
  asked: (login: string) => `${login} asks you for a private connection.`,
  /** Their request and ours have crossed: it is not to be heard as one that waits for us alone. */
  askedBoth: (login: string) =>
    `You have asked ${login} for a private connection, and ${login} has asked you for one.`,
  /** While there is one. */
  askedAnew: (login: string) =>
    `${login} asks you for a new private connection. Accepting ends the one you have.`,
  /** While the one that was agreed on is not open yet. */
  askedAgain: (login: string) => `Accepted, but ${login} has not connected yet, and asks you again.`,
  none: 'There is no connection.',
  waiting: (login: string) => `Accepted. Waiting for ${login} to connect…`,
  agreed: 'Accepted, but not open yet: the connection to the server is interrupted. Reconnecting…',
  open: 'The private connection is open.',
  'i-ended': (login: string) => `You have ended your side. You still receive what ${login} writes.`,
  'they-ended': (login: string) => `${login} has ended their side. What you write now may not be received.`,
  ending: 'Both sides have ended.',
  closed: 'Both sides have ended. The private connection is closed.',
  'i-closed': (login: string) =>
    `You have closed the private connection: ${login} can no longer write to you there.`,
  lost: (login: string) =>
    `The private connection was lost: cut off by ${login}, by the network or by the server.`,
  'page-ended': `The private connection ended ${AWAY}.`,
  notOver: 'What is not over cannot be removed from the list.',
  refused: (login: string) => `${login} has refused.`,
  declined: (login: string) => `You have refused the request of ${login}.`,
  /** It stays in the log and in the heading when they have come back. */
  absent: (login: string) => `${login} was not connected.`,
  lapsed:
    'The request came to nothing: it was not answered, one side did not connect in time, or this page was reloaded.',
  'asking-ended': (login: string) => `Your request to ${login} ended ${AWAY}.`,
  'asked-ended': (login: string) => `${login} asked you for a private connection; the request ended ${AWAY}.`,
  requestsLapsed: (count: number, names: string) =>
    count === 1
      ? `${names} asked you for a private connection; the request has expired.`
      : `${count} requests for a private connection have expired: ${names}.`,
  /** A note that stands for several: `once` says what happened each time. */
  repeated: (once: string, times: number, at: string) => `${once} ${times} times, the last at ${at}.`,
  cancelled: (login: string) => `You have stopped waiting for ${login}.`,
  /** Notes that the log keeps of stages that pass: only what happened. */
  notes: {
    'i-ended': 'You have ended your side.',
    'they-ended': (login: string) => `${login} has ended their side.`,
  },
};
