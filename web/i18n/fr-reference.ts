import type { enReference } from './en-reference.ts';

/** Texts that explain commands, keys, the protocol and how others come in, in French. */
export const frReference: typeof enReference = {
  help: {
    close: 'Fermer',
    commands: 'Dans un message',
    escape: 'Commence un message par une barre oblique',
    keyboard: 'Clavier',
    keys: {
      enter: { keys: 'Entrée, Ctrl + Entrée', does: 'Envoyer' },
      newLine: { keys: 'Maj + Entrée', does: 'Aller à la ligne, comme Entrée sur un écran tactile' },
      recall: { keys: '↑', does: 'Ce que vous avez écrit en dernier, dans un champ vide' },
      complete: { keys: 'Tab', does: 'Compléter un nom' },
      at: { keys: '@', does: 'Les noms, à la frappe' },
      colon: { keys: ':', does: 'Les emojis par leur nom (en anglais)' },
      turn: { keys: 'Alt + ↑ ↓', does: 'La conversation précédente ou suivante' },
      jump: { keys: 'Ctrl + K', does: 'Vers une conversation ou une personne, par son nom' },
      region: {
        keys: 'F6',
        does: 'De région en région : demandes, conversations, messages, champ, personnes, inspecteur',
      },
      field: { keys: 'Échap', does: 'Retour au champ' },
      list: { keys: '?', does: 'Cette liste, hors d’un champ' },
      step: {
        keys: '↑ ↓',
        does: 'De message en message ; Entrée ouvre le menu du message choisi',
      },
      rows: {
        keys: '↑ ↓ ← →',
        does: 'Dans une liste de personnes, de conversations ou de commandes, et vers ce qu’on peut y faire',
      },
      find: {
        keys: 'Ctrl + F',
        does: 'Rechercher dans la conversation ; une seconde fois, la recherche du navigateur',
      },
    },
    signs: 'Mise en forme',
    aboutSigns: {
      '**…**': 'Gras',
      '*…*': 'Italique',
      '`…`': 'Code',
      '```': 'Des lignes de code, entre deux lignes comme celle-ci',
      '> …': 'Une citation',
    },
  },
  wire: {
    list: 'Commandes',
    empty:
      'Les commandes s’affichent ici à mesure qu’elles passent. Rien n’est gardé une fois le panneau fermé.',
    pause: 'Pause',
    goOn: 'Reprendre',
    byCommand: 'Quelles commandes',
    allCommands: 'Toutes les commandes',
    streamOnly: 'Sans le canal de contrôle',
    byConnection: 'Quelle connexion',
    allConnections: 'Toutes les connexions',
    byDirection: 'Quel sens',
    bothDirections: 'Les deux sens',
    control: 'canal de contrôle',
    aboutConnection:
      'Les connexions de cette page, dans l’ordre où elles sont passées ici : celle du salon, et une par extrémité de connexion privée.',
    bytes: (from, to) => (from === to ? `octet ${from}` : `octets ${from} à ${to}`),
    faults: {
      'unknown opcode':
        'Aucune commande ne commence par cet octet : rien ne peut être lu à partir d’ici (D5).',
      'opcode of the other side': 'Seul l’autre côté envoie cette commande (D5).',
      'negative size': 'La taille d’une STRING est négative (D3, D5).',
      'size over the limit': 'La taille d’une STRING dépasse sa limite (D3, D5).',
      'invalid UTF-8': 'Une STRING n’est pas de l’UTF-8 (D4).',
      'behind raw bytes':
        'Après des octets qui ne sont ni un MESSAGE ni une STRING, tout ce que l’autre côté envoie est traité comme des octets (D29).',
      unfinished: 'La fin n’en est pas arrivée (D29).',
      'unknown login': 'Ignorée par le serveur : personne n’est en ligne sous ce nom (D13).',
      'to oneself': 'Ignorée par le serveur : elle est adressée à son propre auteur (D13).',
      'not identified': 'Ignorée par le serveur : ce client n’est pas identifié (D10).',
      'not the own login': 'Ignorée par le serveur : le nom de l’auteur n’y est pas le sien (D12).',
      'no such request': 'Ignorée par le serveur : cette demande n’existe pas, ou elle a expiré (D16).',
      'too many requests': 'Ignorée par le serveur : trop de demandes sont sans réponse (D15).',
    },
    whole: (characters) => `Les ${characters} caractères`,
    sent: 'Envoyé',
    received: 'Reçu',
    noCommand: 'Pas une commande',
    connection: (number) => `connexion ${number}`,
    copyAll: 'Tout copier',
    clear: 'Effacer',
    count: (count) => (count === 0 ? 'Aucune commande' : count === 1 ? '1 commande' : `${count} commandes`),
  },
  commands: {
    msg: { usage: '/mp nom texte', does: 'Envoie un message direct' },
    private: { usage: '/prive nom', does: 'Demande une connexion privée' },
    accept: { usage: '/accepter nom', does: 'Accepte une demande de connexion privée' },
    refuse: { usage: '/refuser nom', does: 'Refuse une demande de connexion privée' },
    end: { usage: '/terminer', does: 'Termine la connexion privée ouverte ici' },
    ignore: { usage: '/ignorer nom', does: 'Cache ce que dit quelqu’un, sur cet appareil seulement' },
    unignore: { usage: '/reafficher nom', does: 'Montre à nouveau ce que dit quelqu’un' },
    help: { usage: '/aide', does: 'Montre cette liste' },
  },
  invite: {
    page: 'Avec un navigateur',
    local:
      'Cette adresse ne vaut que sur cette machine. Ouvrez la page par l’adresse que les autres peuvent joindre, puis invitez.',
    qr: 'Code QR de l’adresse',
    named: (name, to) => `${name} remplit le nom ; ${to} ouvre une conversation avec cette personne.`,
    native: 'Avec son propre client',
    notTold: 'La personne qui gère ce serveur n’a pas indiqué où se connectent les clients natifs',
    unknown: 'Le serveur ne dit pas où se connectent les clients natifs.',
    ports: { tcp: 'TCP', tcpLong64: 'TCP, LONG sur 8 octets', tcpTls: 'TCP avec TLS' },
    login: 'Ce qu’il dit d’abord : LOGIN',
    aboutLogin: (name) =>
      `L’opcode 00, la longueur sur 4 octets, puis « ${name} » en UTF-8. La réponse est 01, ou 02 si le nom est refusé.`,
    client: 'Un client en trois lignes de Python 3',
    history: (messages, time) =>
      `Ce serveur garde les derniers messages du salon, ${messages} et ${time} au plus, et les montre aux personnes qui arrivent ensuite.`,
  },
};
