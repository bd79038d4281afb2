import type { enPrivate } from './en-private.ts';

/** Words for that by which a page ends all that is private. */
const AWAY = 'cette page a été rechargée, quittée, ou reprise dans un autre onglet';

/** The texts of private connections, in French. */
export const frPrivate: typeof enPrivate = {
  heading: 'Connexions privées',
  about: 'Le serveur n’en garde rien.',
  ask: 'Connexion privée',
  askFor: (login) => `Demander une connexion privée à ${login}`,
  requests: 'Demandes',
  asksHere: 'Vous en demande une.',
  accept: 'Accepter',
  refuse: 'Refuser',
  refuseAll: 'Tout refuser',
  later: 'Plus tard, dans la liste',
  others: (count) => (count < 2 ? 'et une autre' : `et ${count} autres`),
  cancel: 'Ne plus attendre',
  end: 'Terminer de mon côté',
  close: 'Fermer la connexion',
  again: 'Redemander',
  kept: 'Pas envoyé, mais gardé :',
  bytes: 'Des octets qui ne sont pas du texte',
  raw: 'Texte brut',
  unfinished: 'Le début d’un message dont la fin n’est pas venue',
  perhaps: 'Peut-être pas reçu',
  left: (login) => `${login} a quitté le salon.`,
  interrupted: 'La connexion privée est interrompue. Tentative de reprise…',
  asking: (login) => `Demande envoyée. ${login} n’a pas encore répondu…`,
  askingCutOff: (login) =>
    `Votre demande à ${login} n’est peut-être pas arrivée : la connexion avec le serveur est interrompue.`,
  asked: (login) => `${login} vous demande une connexion privée.`,
  askedBoth: (login) =>
    `Vous avez demandé une connexion privée à ${login}, et ${login} vous en a demandé une.`,
  askedAnew: (login) =>
    `${login} vous demande une nouvelle connexion privée. L’accepter met fin à celle que vous avez.`,
  askedAgain: (login) =>
    `C’est accepté, mais ${login} n’a pas encore rejoint la connexion, et vous en demande une à nouveau.`,
  none: 'Il n’y a pas de connexion.',
  waiting: (login) => `C’est accepté. ${login} n’a pas encore rejoint la connexion…`,
  agreed:
    'C’est accepté, mais pas encore ouvert : la connexion avec le serveur est interrompue. Tentative de reprise…',
  open: 'La connexion privée est ouverte.',
  'i-ended': (login) => `Vous avez terminé de votre côté. ${login} peut encore vous écrire.`,
  'they-ended': (login) => `${login} a terminé de son côté. Ce que vous écrivez n’est peut-être plus reçu.`,
  ending: 'Les deux côtés ont terminé.',
  closed: 'Les deux côtés ont terminé. La connexion privée est fermée.',
  'i-closed': (login) => `Vous avez fermé la connexion privée : ${login} ne peut plus vous y écrire.`,
  lost: (login) => `La connexion privée est perdue : coupée par ${login}, par le réseau ou par le serveur.`,
  'page-ended': `La connexion privée a pris fin : ${AWAY}.`,
  notOver: 'Ce qui n’est pas terminé ne peut pas être retiré de la liste.',
  refused: (login) => `${login} a refusé.`,
  declined: (login) => `Vous avez répondu non à ${login}.`,
  absent: (login) => `${login} n’était pas en ligne.`,
  lapsed:
    'La demande n’a pas abouti : elle est restée sans réponse, l’un des deux côtés ne s’est pas connecté à temps, ou cette page a été rechargée.',
  'asking-ended': (login) => `Votre demande à ${login} a pris fin : ${AWAY}.`,
  'asked-ended': (login) => `${login} vous demandait une connexion privée ; la demande a pris fin : ${AWAY}.`,
  requestsLapsed: (count, names) =>
    count < 2
      ? `${names} vous a demandé une connexion privée ; la demande a expiré.`
      : `${count} demandes de connexion privée ont expiré : ${names}.`,
  repeated: (once, times, at) => `${once} ${times} fois, la dernière à ${at}.`,
  cancelled: (login) => `Vous n’attendez plus ${login}.`,
  notes: {
    'i-ended': 'Vous avez terminé de votre côté.',
    'they-ended': (login) => `${login} a terminé de son côté.`,
  },
};
