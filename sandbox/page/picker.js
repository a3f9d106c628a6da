/** Selects among the people or the channels of the workspace, which Slack's client knows without asking the app. */

import { Combo } from "./combo.js";

const KINDS = {
  users_select: { name: "selected_user", initial: "initial_user", offers: (names) => names.people() },
  conversations_select: { name: "selected_conversation", initial: "initial_conversation", offers: (names) => names.channels() },
};

export class Picker extends Combo {
  constructor(element, field) {
    super(offering(element, field.names), field);
  }

  update(element) {
    super.update(offering(element, this.field.names));
  }

  read() {
    return { [KINDS[this.element.type].name]: this.chosen[0]?.value ?? null };
  }

  write(value) {
    this.chosen = chosen(this.element, value[KINDS[this.element.type].name]);
    this.show();
  }
}

/** The element as a select whose options are everyone there is. */
function offering(element, names) {
  const { initial, offers } = KINDS[element.type];
  const options = offers(names).map(({ id, name }) => ({ text: { type: "plain_text", text: name }, value: id }));
  return { ...element, options, initial_option: chosen({ options }, element[initial])[0] };
}

function chosen({ options }, id) {
  return options.filter((option) => option.value === id);
}
