import type { Catalogue } from './catalogue.ts';

/** Every text of the page, in French. */
export const fr: Catalogue = {
  language: 'Langue',
  join: {
    title: 'Entrez',
    lead: 'Un seul salon pour toutes les personnes connectées, depuis une page comme celle-ci ou depuis leur propre client.',
    name: 'Votre nom',
    bytes: (used, most) => `${used} octets sur ${most}`,
    hint: 'Tout le monde le verra. Une lettre accentuée prend deux octets, la plupart des emojis quatre.',
    enter: 'Entrer dans le salon',
    entering: 'Entrée en cours…',
    empty: 'Écrivez le nom que les autres verront.',
    tooLong: (most) => `Ce nom est trop long : ${most} octets au plus.`,
    'edge-space': 'Un nom ne peut ni commencer ni finir par une espace.',
    invisible: 'Ce nom contient un caractère invisible, comme certains emojis. Essayez sans.',
    refused: (login) =>
      `Le serveur a refusé « ${login} » : une personne connectée porte déjà ce nom. Essayez-en un autre.`,
    nameGone: (login) =>
      `La connexion a été perdue, et « ${login} » est encore pris. Patientez un peu, ou revenez sous un autre nom.`,
    unreachable: 'Le serveur est injoignable. Est-il démarré ? Réessayez dans un instant.',
  },
  list: {
    label: 'Conversations',
    room: 'Tout le monde',
    direct: 'Messages directs',
    unread: (count) => (count < 2 ? `${count} message non lu` : `${count} messages non lus`),
    back: 'Voir les conversations',
    writeTo: 'Écrire à quelqu’un',
    writeToHint: 'Son nom',
    start: 'Commencer',
    yourself: 'C’est vous.',
    leave: 'Quitter',
    you: 'vous',
    last: (author, text) => `${author} : ${text}`,
  },
  room: {
    title: 'Tout le monde',
    about: 'Toutes les personnes connectées lisent ceci.',
    emptyTitle: 'Tout est calme',
    empty:
      'Rien n’a été dit depuis votre arrivée. Dites bonjour ; cliquez sur un nom pour écrire à une seule personne.',
  },
  direct: {
    about: (login) => `Entre ${login} et vous.`,
    emptyTitle: (login) => `Vous et ${login}`,
    empty: (login) =>
      `Les messages directs ne sont pas confirmés : si personne ne s’appelle ${login} parmi les personnes connectées, le serveur les écarte sans rien dire.`,
    writeTo: (login) => `Écrire à ${login}`,
  },
  log: {
    label: (title) => `Messages : ${title}`,
    sending: 'Envoi…',
    sent: 'Envoyé, sans confirmation',
    unconfirmed: 'La connexion s’est perdue en chemin : peut-être pas arrivé.',
    again: 'Renvoyer',
    discard: 'Abandonner',
    earlier: 'Voir les messages précédents',
    latest: 'Aller au plus récent',
    gap: (from, to) => `Déconnexion de ${from} à ${to}. Ce qui s’est dit entre-temps n’est pas ici.`,
    today: 'Aujourd’hui',
  },
  composer: {
    label: (title) => `Message à ${title}`,
    room: 'Écrire à tout le monde',
    send: 'Envoyer',
    hint: 'Entrée envoie, Maj + Entrée va à la ligne.',
    left: (bytes) => (bytes < 2 ? `${bytes} octet restant` : `${bytes} octets restants`),
    over: (bytes) => (bytes < 2 ? `${bytes} octet de trop` : `${bytes} octets de trop`),
    waiting: 'Vous pouvez continuer à écrire ; l’envoi reprendra quand la connexion sera revenue.',
  },
  link: {
    lost: 'Connexion perdue. Nouvelle tentative…',
    nameHeld: 'Connexion rétablie ; le serveur doit encore libérer votre nom…',
    back: 'De retour. Vous êtes à nouveau en ligne.',
    retry: 'Réessayer',
  },
};
