/** Names that cannot be told apart on a screen: letters of other scripts that are drawn like ours. */

/** Small letters, as pairs; of UTS 39 those that a room of ordinary words can be spelt with. */
const PAIRS =
  "аa,еe,оo,рp,сc,уy,хx,іi,їï,јj,ѕs,һh,ԁd,ԛq,ԝw,ӏl,кk,мm,тt,вb,нh,гr,пn," +
  "αa,οo,νv,ρp,ιi,κk,υu,τt,χx,γy,ϲc,ϳj,ηn,ωw," +
  "ɡg,ɑa,ıi,ʟl,ɩi,ʋu,օo,սu,հh,ոn,զq,ցg,ⅼl";

const LIKE: ReadonlyMap<string, string> = new Map(
  PAIRS.split(",").map((pair): [string, string] => {
    const [other = "", ours = ""] = [...pair];
    return [other, ours];
  }),
);

const ASCII = /^[\x20-\x7e]*$/;
const SHAPES: Readonly<Record<string, string>> = { "0": "o", "1": "l", rn: "m", vv: "w" };

/** What a name looks like: the same for two that look alike. Nothing to be shown. */
export function lookOf(name: string): string {
  const small = (ASCII.test(name) ? name : name.normalize("NFKC")).toLowerCase();
  const latin = ASCII.test(small) ? small : Array.from(small, (letter) => LIKE.get(letter) ?? letter).join("");
  return latin.replace(/[01]|rn|vv/g, (shape) => SHAPES[shape] ?? shape);
}
