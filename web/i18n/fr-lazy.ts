import { MAX_LOGIN_BYTES } from '../../shared/protocol/commands.ts';
import type { LazyCatalogue } from './en-lazy.ts';
import { frPrivate } from './fr-private.ts';
import { frReference } from './fr-reference.ts';

/** The texts of the lazy parts, in French. */
export const frLazy: LazyCatalogue = {
  tools: {
    jump: 'Aller à',
    invite: 'Inviter',
    settings: 'Réglages',
    wire: 'Inspecteur du protocole',
    help: 'Commandes et touches',
  },
  nameBytes: (used, most) => `${used} octets sur ${most}`,
  names: {
    'too-long': `Ce nom est trop long : ${MAX_LOGIN_BYTES} caractères au plus, où une lettre accentuée compte pour deux, la plupart des emojis pour quatre.`,
    'edge-space': 'Un nom ne peut ni commencer ni finir par une espace.',
    invisible: 'Ce nom contient un caractère invisible, comme certains emojis. Essayez sans.',
  },
  outside: {
    own: (login) =>
      `Le serveur a refusé « ${login} » : quelqu’un le porte, ou il est interdit. C’est peut-être vous, dans un onglet en veille : retournez-y. S’il vient d’être fermé, réessayez dans une minute.`,
    'name-gone': (login) =>
      `La connexion a été perdue, et le serveur ne rend pas « ${login} » : quelqu’un le porte, ou il est maintenant interdit. Réessayez plus tard, ou prenez un autre nom.`,
    banned: (login) =>
      `La personne qui gère ce serveur vous en a interdit l’accès (« ${login} »). Réessayer maintenant ne sert à rien.`,
  },
  elsewhere: {
    here: (login) => `Vous êtes déjà là, sous le nom « ${login} », dans un autre onglet.`,
    moved: (login) =>
      `Vous avez continué sous le nom « ${login} » dans un autre onglet, où se trouvent les derniers messages de chaque conversation, 2 000 au plus.`,
    called: 'L’autre onglet vous appelle : cherchez-le parmi vos onglets, son titre clignote.',
    asking: 'L’autre onglet est interrogé…',
    goThere: 'Y aller',
    continueHere: 'Continuer ici',
    other: 'Un autre nom',
    ends: (names) =>
      `Continuer ici met fin aux connexions privées de l’autre onglet, ouvertes ou demandées, avec ${names}.`,
    mayEnd: 'Continuer ici met fin aux connexions privées de l’autre onglet, s’il y en a.',
  },
  link: {
    lost: 'Connexion perdue. Nouvelle tentative…',
    'name-held': 'Connexion rétablie ; le serveur doit encore libérer votre nom…',
    back: 'De retour. Vous êtes à nouveau en ligne.',
    'not-sent': 'Hors connexion : rien n’a été envoyé.',
    unreached: (at) => `Toujours injoignable (${at}).`,
  },
  replaced:
    'Le serveur a une nouvelle version : recharger la page garde ce qui n’est pas encore envoyé, et les derniers messages.',
  unsaved: {
    words:
      'Cet appareil n’enregistre pas ce qui se dit ici : si l’onglet est fermé ou rechargé, cela peut être perdu.',
    read: 'Compris',
  },
  settings: {
    when: 'On vous appelle par votre nom dans le salon, par un message direct ou sur une connexion privée.',
    sound: 'Un son discret',
    notifications: 'Une notification, quand vous ne regardez pas cette page',
    blocked: 'Le navigateur ne permet pas à cette page d’afficher de notifications.',
    calls: 'Quand on vous appelle',
    room: 'Dans le salon',
    theme: { label: 'Thème', system: 'Comme le système', light: 'Clair', dark: 'Sombre' },
    voice: {
      label: 'Lu par un lecteur d’écran',
      all: 'Ce qui se dit ici, et ce qui vous est destiné ailleurs',
      mine: 'Seulement ce qui vous est destiné',
      none: 'Aucun message',
    },
  },
  list: {
    you: 'vous',
    direct: 'Messages directs',
    mentions: (count) => (count < 2 ? 'on vous cite une fois' : `on vous cite ${count} fois`),
    unread: (count) => (count < 2 ? `${count} non lu` : `${count} non lus`),
    writeTo: 'Écrire à quelqu’un',
    close: (login) => `Fermer la conversation avec ${login}`,
    remove: (login) => `Retirer ${login} de la liste`,
    removePrivate: (login) => `Retirer de la liste la connexion privée avec ${login}`,
    muted: 'En sourdine',
    draft: 'Brouillon :',
    'not-sent': 'Pas envoyé :',
    unconfirmed: 'Peut-être pas arrivé :',
    readAll: (count) => `Marquer ${count} conversations comme lues`,
    read: (count) => `${count} conversations marquées comme lues`,
    closeUnanswered: (count) => `Fermer ${count} conversations restées sans réponse`,
    closeEnded: (count) => `Fermer ${count} connexions terminées`,
    closeAll: (count) => `Fermer ${count} conversations`,
    closed: (count) => (count === 1 ? 'Conversation fermée' : `${count} conversations fermées`),
  },
  menu: {
    label: 'Cette conversation',
    mute: 'Mettre en sourdine',
    unmute: 'Ne plus mettre en sourdine',
    isMuted: 'Mise en sourdine',
    isUnmuted: 'N’est plus en sourdine',
    save: 'Enregistrer en texte',
    close: 'Fermer',
  },
  ignored: {
    short: 'Ignorer',
    ignore: (login) => `Ignorer ${login}`,
    stop: (login) => `Ne plus ignorer ${login}`,
    banner: (login) => `Vous ignorez ${login}, sur cet appareil seulement. Personne n’en est averti.`,
    noMore: (login) => `Vous n’ignorez plus ${login}.`,
    messages: (count, several) =>
      `${count} message${count < 2 ? '' : 's'} ${several ? 'de personnes ignorées' : 'd’une personne ignorée'}`,
    hidden: (count) =>
      count < 2
        ? `${count} message ou demande de personnes ignorées`
        : `${count} messages ou demandes de personnes ignorées`,
    title: 'Personnes ignorées sur cet appareil',
    end: 'Ne plus ignorer',
    nobody:
      'Aucune. Pour ignorer quelqu’un : la liste des personnes, le menu d’une conversation ou /ignorer.',
    show: (count) => (count < 2 ? `Voir ${count} message caché` : `Voir ${count} messages cachés`),
  },
  leave: {
    title: 'Quitter ?',
    keeps: (login) =>
      `Si vous les gardez, vous les retrouverez sur cet appareil, à votre prochaine visite sous le nom « ${login} » :`,
    ends: (count, names) =>
      count < 2
        ? `La connexion privée avec ${names} prendra fin.`
        : `Des connexions privées prendront fin, avec ${names}.`,
    lost: 'Ce qui sera perdu sur cet appareil :',
    unseen:
      'Elles sont gardées, et reviennent quand on vous y écrit, ou par « Aller à ». Mais vous n’avez pas tout vu :',
    messages: (count) => `${count} message${count < 2 ? '' : 's'}`,
    older: (count) =>
      count < 2
        ? `${count} message plus ancien n’est pas gardé : enregistrez-le en texte s’il vous le faut.`
        : `${count} messages plus anciens ne sont pas gardés : enregistrez-les en texte s’il vous les faut.`,
    unsent: (count) => (count < 2 ? `${count} message non envoyé` : `${count} messages non envoyés`),
    drafts: (count) => (count < 2 ? `${count} brouillon` : `${count} brouillons`),
    keep: 'Garder pour la prochaine fois',
    clear: 'Quitter et tout effacer',
    close: 'Fermer quand même',
    cancel: 'Annuler',
  },
  people: {
    count: (count) => (count < 2 ? `${count} personne ici` : `${count} personnes ici`),
    open: 'Voir qui est là',
    title: 'Qui est là',
    here: (count) => `${count} ici`,
    close: 'Fermer la liste des personnes',
    search: 'Chercher un nom',
    nobody: 'Personne ici ne porte un tel nom.',
    found: (count) => (count < 2 ? `${count} nom trouvé` : `${count} noms trouvés`),
    more: (count) => `Et ${count} ${count < 2 ? 'autre' : 'autres'}. Cherchez pour trouver quelqu’un.`,
    notBack: (names) => `Là avant la coupure, pas depuis le retour : ${names}.`,
    showPresence: 'Afficher les arrivées et les départs',
    lookAlike: {
      other: (other) => `Ressemble à « ${other} », mais c’est quelqu’un d’autre.`,
      mixed: 'Ce nom mélange des alphabets dont les lettres se ressemblent.',
      named: (login, other) =>
        other === null
          ? `Le nom « ${login} » mélange des alphabets dont les lettres se ressemblent.`
          : `Le nom « ${login} » ressemble à « ${other} », et c’est celui de quelqu’un d’autre.`,
    },
    joined: (names) => `En ligne : ${names}.`,
    left: (names) => `Plus en ligne : ${names}.`,
    others: (names, count) => `${names} et ${count} ${count < 2 ? 'autre' : 'autres'}`,
  },
  direct: {
    about: (login) => `Entre ${login} et vous.`,
    absent: (login) => `${login} n’est pas en ligne.`,
  },
  empty: {
    room: 'Tout est calme',
    aboutRoom:
      'Rien n’a été dit depuis votre arrivée. Toutes les personnes connectées lisent ce que vous écrivez ici ; pour écrire à une seule personne, choisissez un nom dans la liste des personnes.',
    direct: (login) => `Vous et ${login}`,
    aboutDirect: (login) => `Ce que vous écrivez ici va à ${login}, et à personne d’autre.`,
    aboutPrivate: 'Le serveur ne fait que relayer et ne garde rien ; vos adresses restent cachées.',
  },
  private: frPrivate,
  log: {
    latest: 'Aller au plus récent',
    latestNew: (count) =>
      count < 2 ? `${count} nouveau message plus bas` : `${count} nouveaux messages plus bas`,
    reasons: {
      'unknown login': (login) => `${login} n’est pas en ligne.`,
      'to oneself': () => 'C’est vous.',
      'not identified': () => 'Le serveur ne vous connaît pas encore.',
      'not the own login': () => 'Le serveur vous connaît sous un autre nom.',
      'no such request': () => 'Cette demande n’existe pas, ou plus.',
      'too many requests': () => 'Trop de demandes attendent déjà.',
    },
    delivered: 'Remis',
    sent: 'Envoyé',
    newMessages: (count) => (count < 2 ? `${count} nouveau message` : `${count} nouveaux messages`),
    notice: 'Le serveur :',
    marks: {
      before: 'Dit en votre absence',
      now: 'À partir d’ici, vous étiez là',
      'let-go': 'Ce qui précède n’est plus gardé ici.',
    },
    gap: (from, to, ofDay) => `Déconnexion ${ofDay ? 'du' : 'de'} ${from} à ${to}.`,
    shortGap: (at) => `Déconnexion d’un instant, à ${at}.`,
    gaps: (times, from, to, ofDay) => `${times} déconnexions ${ofDay ? 'du' : 'de'} ${from} à ${to}.`,
    shortGaps: (times, at) => `${times} déconnexions d’un instant, à ${at}.`,
    mayMiss: 'Ce qui s’est dit alors peut manquer ici.',
    missesNothing: 'Rien de ce que le serveur a gardé ne manque ici. Il ne garde pas les messages directs.',
    sending: 'Envoi…',
    waiting: 'En attente de la connexion.',
    waitingForPrivate: 'Partira quand la connexion privée sera ouverte.',
    unsure: 'En chemin quand la connexion a été perdue. On ne sait pas encore s’il est arrivé.',
    notSent: (reason) => `Pas envoyé. ${reason}`,
    unconfirmed: 'La connexion a été perdue en chemin : peut-être pas arrivé.',
    again: 'Renvoyer',
    discard: 'Abandonner',
    allAgain: (count) => `Renvoyer ${count} messages`,
    discardAll: (count) => `Abandonner ${count} messages`,
    sentAgain: (count) =>
      count === 1 ? '1 message à nouveau en route' : `${count} messages à nouveau en route`,
    discarded: (count) => (count === 1 ? '1 message abandonné' : `${count} messages abandonnés`),
  },
  density: {
    label: 'Messages',
    compact: 'Compact : une ligne par message',
    normal: 'Normal',
    presentation: 'Présentation : grands caractères, messages directs sans aperçu',
  },
  message: {
    actions: 'Message',
    copy: 'Copier',
    copied: 'Copié',
    notCopied: 'Non copié',
    quote: 'Citer',
    more: 'Autres actions',
    select: 'Sélectionner le texte',
    asWritten: 'Afficher tel qu’écrit',
    formatted: 'Afficher mis en forme',
  },
  find: {
    label: 'Rechercher dans la conversation',
    field: 'Rechercher',
    none: 'Aucun résultat',
    count: (at, count) => `${at} sur ${count}`,
    older: 'Message précédent',
    newer: 'Message suivant',
  },
  composer: {
    hint: 'Entrée envoie, Maj + Entrée va à la ligne.',
    waiting:
      'Continuez à écrire : ce que vous envoyez attend, et partira dans l’ordre au retour de la connexion.',
    split: (count) => `Envoyer en ${count} messages`,
    splitOffered: 'Le bouton après le champ envoie ce texte en plusieurs messages.',
    left: (count) =>
      count === 0
        ? 'Plus de place pour un caractère'
        : `Encore ${count} caractère${count < 2 ? '' : 's'}, moins avec des accents ou des emojis`,
    over: (characters, bytes) =>
      `${characters} caractère${characters < 2 ? '' : 's'} de trop (${bytes} octet${bytes < 2 ? '' : 's'})`,
    proposals: 'Suggestions',
    files: 'On ne peut pas envoyer de fichiers ici.',
    unknown: (name) =>
      `La commande « /${name} » n’existe pas. /aide donne la liste ; un message peut commencer par // au lieu de /.`,
    throttled:
      'Vous envoyez plus vite que le salon ne l’accepte. Le reste partira ensuite, dans l’ordre ; rien n’est perdu.',
    which: (names) =>
      `À qui pensez-vous : ${names} ? Mettez le nom entre guillemets droits, écrit exactement.`,
    incomplete: (usage) => `Écrivez ainsi : ${usage}`,
    notAsked: (login) => `${login} ne vous a pas demandé de connexion privée.`,
    notIgnored: (login) => `Vous n’ignorez pas ${login}.`,
    nothingToEnd: 'Il n’y a pas ici de connexion privée à terminer.',
  },
  ...frReference,
  voice: {
    called: (login) => `une personne nommée ${login}`,
    direct: (login, text) => `Message direct, ${login} : ${text}`,
    private: (login, text) => `Connexion privée avec ${login} : ${text}`,
    room: (login, text) => `${login} vous cite : ${text}`,
    callers: (names) => `On vous cite : ${names}.`,
    elsewhere: (count, names) => `${count} messages pour vous : ${names}`,
    requests: (count, names) => `${count} demandes de connexion privée : ${names}`,
    changes: (count, names) => `Du nouveau sur ${count} connexions privées, avec ${names}`,
    more: (count) => `${count} autres`,
    quoted: (text) => `Citation : ${text} (fin de citation)`,
  },
  jump: {
    yourself: 'C’est vous.',
    away: 'pas en ligne',
    label: 'Conversation ou personne',
  },
};

export default frLazy;
