import type { Catalogue } from './en.ts';

/** Every text of a working room, in French. */
export const fr: Catalogue = {
  language: 'Langue',
  join: {
    title: 'Entrez',
    lead: 'Un seul salon pour toutes les personnes connectées, depuis une page comme celle-ci ou depuis leur propre client.',
    name: 'Votre nom',
    hint: 'Tout le monde le verra.',
    enter: 'Entrer dans le salon',
    entering: 'Entrée en cours…',
    empty: 'Écrivez le nom que les autres verront.',
    unfit: 'Ce nom ne convient pas.',
    refused: (login) =>
      `Le serveur a refusé « ${login} » : quelqu’un porte ce nom, ou il est interdit. Essayez-en un autre.`,
    unreachable: 'Le serveur est injoignable, ou n’accepte plus personne. Réessayez dans un instant.',
  },
  list: {
    label: 'Conversations',
    room: 'Tout le monde',
    back: 'Voir les conversations',
    leave: 'Quitter',
    last: (author, text) => `${author} : ${text}`,
  },
  direct: {
    writeTo: (login) => `Écrire à ${login}`,
  },
  log: {
    label: (title) => `Messages : ${title}`,
    new: 'Nouveau',
  },
  composer: {
    room: 'Écrire à tout le monde',
    send: 'Envoyer',
  },
  link: {
    retry: 'Réessayer',
    missing: 'Une partie de la page ne peut pas être affichée.',
    reload: 'Recharger',
  },
  theme: {
    system: 'Thème : du système',
    light: 'Thème : clair',
    dark: 'Thème : sombre',
  },
};
