/** Emoji by name, for `:name:`. */
import { rankOf } from './occurrences.ts';

const LIST =
  'smile 😄 grin 😁 joy 😂 rofl 🤣 smiley 😃 sweat_smile 😅 laughing 😆 wink 😉 blush 😊 yum 😋 cool 😎 heart_eyes 😍 kiss 😘 ' +
  'thinking 🤔 neutral 😐 smirk 😏 rolling_eyes 🙄 relieved 😌 sleepy 😪 sleeping 😴 tongue 😛 unamused 😒 sad 😔 confused 😕 ' +
  'upside_down 🙃 money 🤑 astonished 😲 worried 😟 cry 😢 sob 😭 scream 😱 angry 😠 rage 😡 mask 😷 sick 🤒 nerd 🤓 party 🥳 ' +
  'pleading 🥺 halo 😇 cowboy 🤠 clown 🤡 shush 🤫 monocle 🧐 mind_blown 🤯 cold 🥶 hot 🥵 melting 🫠 salute 🫡 hug 🤗 devil 😈 ' +
  'skull 💀 ghost 👻 alien 👽 robot 🤖 poop 💩 cat 🐱 smiley_cat 😺 joy_cat 😹 heart_cat 😻 pouting_cat 😾 black_cat 🐈‍⬛ paw 🐾 ' +
  'dog 🐶 fox 🦊 mouse 🐭 rabbit 🐰 bear 🐻 panda 🐼 penguin 🐧 owl 🦉 bee 🐝 bug 🐛 fish 🐟 whale 🐳 octopus 🐙 unicorn 🦄 ' +
  'dragon 🐉 snail 🐌 heart ❤️ broken_heart 💔 sparkling_heart 💖 fire 🔥 sparkles ✨ star ⭐ boom 💥 zzz 💤 100 💯 thumbsup 👍 +1 👍 ' +
  'thumbsdown 👎 -1 👎 clap 👏 wave 👋 ok 👌 pray 🙏 muscle 💪 eyes 👀 brain 🧠 raised_hands 🙌 handshake 🤝 crossed 🤞 victory ✌️ ' +
  'point_up ☝️ facepalm 🤦 shrug 🤷 check ✅ cross ❌ warning ⚠️ question ❓ exclamation ❗ bulb 💡 rocket 🚀 tada 🎉 gift 🎁 ' +
  'balloon 🎈 cake 🍰 birthday 🎂 coffee ☕ tea 🍵 beer 🍺 wine 🍷 pizza 🍕 burger 🍔 fries 🍟 ramen 🍜 croissant 🥐 cheese 🧀 ' +
  'apple 🍎 banana 🍌 avocado 🥑 sun ☀️ moon 🌙 rainbow 🌈 cloud ☁️ snow ❄️ umbrella ☔ tree 🌳 flower 🌸 rose 🌹 leaf 🍀 earth 🌍 ' +
  'soccer ⚽ trophy 🏆 medal 🏅 music 🎵 guitar 🎸 game 🎮 book 📚 pencil ✏️ laptop 💻 phone 📱 lock 🔒 key 🔑 hammer 🔨 clock ⏰ ' +
  'hourglass ⏳ calendar 📅 mail 📧 train 🚆 car 🚗 plane ✈️ bike 🚲 house 🏠';

const words = LIST.split(' ');
const EMOJI: ReadonlyMap<string, string> = new Map(
  Array.from({ length: words.length / 2 }, (_, index) => [words[2 * index]!, words[2 * index + 1]!]),
);

/** The emoji of exactly this name. */
export function emojiOf(name: string): string | undefined {
  return EMOJI.get(name);
}

/** Names that hold the query, those that begin with it first. */
export function findEmoji(query: string, most: number): readonly { name: string; emoji: string }[] {
  const found = [...EMOJI]
    .map(([name, emoji]) => ({ name, emoji }))
    .filter(({ name }) => name.includes(query));
  return found.sort((a, b) => rankOf(a.name, query) - rankOf(b.name, query)).slice(0, most);
}
