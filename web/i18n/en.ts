/** The texts of a working room, in any language. */
export type Catalogue = typeof en;

/** Every text of a working room, in English. The shape of this object is the shape of every catalogue. */
export const en = {
  language: 'Language',
  join: {
    title: 'Come in',
    lead: 'One room for everyone who is connected, from a page like this one or from a client of their own.',
    name: 'Your name',
    hint: 'Everyone will see it.',
    enter: 'Join the room',
    entering: 'Joining…',
    empty: 'Write the name that others will see.',
    unfit: 'That name cannot be used.',
    refused: (login: string) =>
      `The server refused “${login}”: someone has it, or it is barred. Try another.`,
    unreachable: 'The server cannot be reached, or is not letting anyone else in. Try again in a moment.',
  },
  list: {
    label: 'Conversations',
    room: 'Everyone',
    back: 'Show conversations',
    leave: 'Leave',
    last: (author: string, text: string) => `${author}: ${text}`,
  },
  direct: {
    writeTo: (login: string) => `Write to ${login}`,
  },
  log: {
    label: (title: string) => `Messages: ${title}`,
    new: 'New',
  },
  composer: {
    room: 'Write to everyone',
    send: 'Send',
  },
  link: {
    retry: 'Try now',
    missing: 'A part of the page cannot be shown.',
    reload: 'Reload',
  },
  theme: {
    system: 'Theme: system',
    light: 'Theme: light',
    dark: 'Theme: dark',
  },
};
