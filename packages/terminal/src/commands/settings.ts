/** What a person has set for all interfaces of this profile: which rooms are muted, and do not disturb. */

export class Settings {
  readonly #muted = new Set<string>();
  #doNotDisturb = false;

  get doNotDisturb(): boolean {
    return this.#doNotDisturb;
  }

  isMuted(roomId: string): boolean {
    return this.#muted.has(roomId);
  }

  async mute(roomId: string, muted: boolean): Promise<void> {
    if (muted) this.#muted.add(roomId);
    else this.#muted.delete(roomId);
  }

  async disturb(no: boolean): Promise<void> {
    this.#doNotDisturb = no;
  }
}
