/** Emoji by name, for `:name:`: the common ones, by the names that other chats use. */
const TABLE = `
smile 😄 smiley 😃 grin 😁 grinning 😀 joy 😂 rofl 🤣 laughing 😆 sweat_smile 😅 wink 😉 blush 😊 innocent 😇 slightly_smiling 🙂
upside_down 🙃 heart_eyes 😍 kissing_heart 😘 yum 😋 stuck_out_tongue 😛 zany 🤪 sunglasses 😎 nerd 🤓 star_struck 🤩 partying 🥳
smirk 😏 unamused 😒 expressionless 😑 neutral 😐 thinking 🤔 raised_eyebrow 🤨 rolling_eyes 🙄 grimacing 😬 lying 🤥 relieved 😌
pensive 😔 sleepy 😪 sleeping 😴 drooling 🤤 mask 😷 sick 🤢 sneezing 🤧 hot 🥵 cold 🥶 dizzy 😵 exploding_head 🤯 confused 😕
worried 😟 frowning 🙁 open_mouth 😮 astonished 😲 flushed 😳 pleading 🥺 fearful 😨 cry 😢 sob 😭 scream 😱 disappointed 😞
sweat 😓 weary 😩 tired 😫 yawning 🥱 triumph 😤 angry 😠 rage 😡 cursing 🤬 devil 😈 skull 💀 poop 💩 clown 🤡 ghost 👻 alien 👽
robot 🤖 see_no_evil 🙈 hear_no_evil 🙉 speak_no_evil 🙊 shushing 🤫 hugging 🤗 facepalm 🤦 shrug 🤷 salute 🫡 melting 🫠 wave 👋
thumbsup 👍 +1 👍 thumbsdown 👎 -1 👎 ok_hand 👌 crossed_fingers 🤞 metal 🤘 call_me 🤙 point_left 👈 point_right 👉 point_up 👆
point_down 👇 fist 👊 clap 👏 raised_hands 🙌 open_hands 👐 handshake 🤝 pray 🙏 muscle 💪 writing 📝 eyes 👀 brain 🧠
heart ❤️ sparkling_heart 💖 growing_heart 💗 orange_heart 🧡 yellow_heart 💛 green_heart 💚 blue_heart 💙 purple_heart 💜 black_heart 🖤 broken_heart 💔
fire 🔥 sparkles ✨ star ⭐ boom 💥 zap ⚡ 100 💯 question ❓ exclamation ❗ check ✅ x ❌ no_entry ⛔ zzz 💤 speech 💬
bell 🔔 no_bell 🔕 lock 🔒 unlock 🔓 key 🔑 mag 🔍 link 🔗 pin 📌 paperclip 📎 bulb 💡 gear 🔧 hammer 🔨 bug 🐛 rocket 🚀
computer 💻 phone 📱 email 📧 inbox 📥 package 📦 book 📖 calendar 📅 chart 📈 chart_down 📉 hourglass ⏳ alarm ⏰ construction 🚧
warning_light 🚨 tada 🎉 balloon 🎈 gift 🎁 trophy 🏆 medal 🏅 music 🎵 headphones 🎧 art 🎨 game 🎮 dart 🎯 dice 🎲
coffee ☕ tea 🍵 beer 🍺 beers 🍻 wine 🍷 champagne 🍾 cake 🍰 birthday 🎂 cookie 🍪 pizza 🍕 burger 🍔 fries 🍟 croissant 🥐
cheese 🧀 apple 🍎 banana 🍌 avocado 🥑 popcorn 🍿 sunny 🌞 moon 🌙 rainbow 🌈 cloud ⛅ snow ⛄ ocean 🌊 earth 🌍 rose 🌹
four_leaf_clover 🍀 tree 🌳 seedling 🌱 cat 🐱 dog 🐶 mouse 🐭 fox 🦊 bear 🐻 panda 🐼 unicorn 🦄 penguin 🐧 turtle 🐢 snail 🐌
bee 🐝 butterfly 🦋 whale 🐳 octopus 🐙 dragon 🐉 house 🏠 office 🏢 car 🚗 bike 🚲 train 🚆 airplane 🛫 umbrella ☔ ship 🚢`;

/** In the order of their names. */
export const EMOJI: ReadonlyMap<string, string> = new Map(
  [...TABLE.matchAll(/(\S+) (\S+)/g)]
    .map(([, name = "", emoji = ""]): [string, string] => [name, emoji])
    .sort(([left], [right]) => (left < right ? -1 : 1)),
);
