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
  again: 'Ask again',
  kept: 'Not sent, but kept:',
  bytes: 'Bytes that are not text',
  raw: 'Raw text',
  unfinished: 'The beginning of a message whose end has not come',
  sent: 'Sent',
  perhaps: 'Perhaps not received',
  left: (login: string) => `${login} has left the room.`,
  interrupted: 'The private connection is interrupted. Trying to come back…',
  asking: (login: string) => `You have asked. Waiting for ${login} to answer…`,
  asked: (login: string) => `${login} asks for a private connection with you.`,
  /** While there is one. */
  askedAnew: (login: string) =>
    `${login} asks for a new private connection with you. Accepting ends the one you have.`,
  none: 'There is no connection.',
  waiting: (login: string) => `Agreed. Waiting for the other end, with ${login}, to connect…`,
  agreed: 'Agreed, but not open yet: the connection to the server is interrupted. Trying to come back…',
  open: 'The private connection is open.',
  'i-ended': (login: string) => `You have ended your side. You still receive what ${login} writes.`,
  'they-ended': (login: string) =>
    `${login} has ended their side. What you write now is perhaps not received.`,
  ending: 'Both sides have ended.',
  closed: 'Both sides have ended. The private connection is closed.',
  lost: (login: string) =>
    `The private connection was lost: ${login} is gone, the network broke, or this page was loaded again.`,
  refused: (login: string) => `${login} has refused.`,
  declined: (login: string) => `You have refused the request of ${login}.`,
  /** It stays in the log and in the heading when they have come back. */
  absent: (login: string) => `${login} was not connected.`,
  lapsed: 'Nothing came of it: the request was not answered, or an end did not connect in time.',
  requestsLapsed: (count: number, names: string) =>
    count === 1
      ? `${names} asked for a private connection with you; the request has lapsed.`
      : `${count} requests for a private connection have lapsed: ${names}.`,
  /** A note that stands for several: `once` says what happened each time. */
  repeated: (once: string, times: number, at: string) => `${once} ${times} times, the last at ${at}.`,
  cancelled: (login: string) => `You have stopped waiting for ${login}.`,
  /** Notes that the log keeps of stages that pass: only what happened. */
  notes: {
    'i-ended': 'You have ended your side.',
    'they-ended': (login: string) => `${login} has ended their side.`,
  },
};
