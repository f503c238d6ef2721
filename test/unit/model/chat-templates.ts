/** Templates as model files carry them, written for these tests from what is published about each format. */
export interface ChatTemplate {
  readonly what: string;
  readonly template: string;
  /** What a Jinja renderer makes of `conversation`, and of the request for an answer. */
  readonly rendered: string;
}

/** A dialogue of four texts; a template without a system role gets the first two as one, with an empty line between. */
export const conversation = { system: 'Be brief.', user: 'Two and two?', assistant: 'Four.', userAgain: 'And five?' };

const chatMlDialogue =
  '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nTwo and two?<|im_end|>\n' +
  '<|im_start|>assistant\nFour.<|im_end|>\n<|im_start|>user\nAnd five?<|im_end|>\n<|im_start|>assistant\n';

export const CHAT_ML: readonly ChatTemplate[] = [
  {
    what: 'ChatML with a loop and nothing else',
    template:
      "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    rendered: chatMlDialogue,
  },
  {
    what: 'ChatML with a system text of its own, as in Qwen 2.5',
    template: `{%- if messages[0]['role'] == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0]['content'] + '<|im_end|>\\n' }}
{%- else %}
    {{- '<|im_start|>system\\nYou are a helpful assistant.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'user' or (message.role == 'system' and not loop.first) or message.role == 'assistant' %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`,
    rendered: chatMlDialogue,
  },
  {
    what: 'ChatML on a vocabulary that begins each text with a token',
    template:
      "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    rendered: `<s>${chatMlDialogue}`,
  },
];

export const LLAMA_3: readonly ChatTemplate[] = [
  {
    what: 'Llama 3',
    template:
      "{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n'+ message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    rendered:
      '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nTwo and two?<|eot_id|>' +
      '<|start_header_id|>assistant<|end_header_id|>\n\nFour.<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nAnd five?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  },
  {
    what: 'Llama 3.1 and later, with dates before the system text',
    template: `{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = "26 Jul 2024" %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{{- "Cutting Knowledge Date: December 2023\\n" }}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}`,
    rendered:
      '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief.<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nTwo and two?<|eot_id|>' +
      '<|start_header_id|>assistant<|end_header_id|>\n\nFour.<|eot_id|>' +
      '<|start_header_id|>user<|end_header_id|>\n\nAnd five?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  },
];

const gemmaDialogue =
  '<bos><start_of_turn>user\nBe brief.\n\nTwo and two?<end_of_turn>\n<start_of_turn>model\nFour.<end_of_turn>\n' +
  '<start_of_turn>user\nAnd five?<end_of_turn>\n<start_of_turn>model\n';

export const GEMMA: readonly ChatTemplate[] = [
  {
    what: 'Gemma 1 and 2, which refuse a system text',
    template:
      "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}{% set role = message['role'] %}{% endif %}{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}",
    rendered: gemmaDialogue,
  },
  {
    what: 'Gemma 3, which puts a system text before the first user text itself',
    template: `{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- set first_user_prefix = messages[0]['content'] + '\\n\\n' -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '\\n' + (first_user_prefix if loop.first else "") }}
    {{- message['content'] | trim }}
    {{- '<end_of_turn>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{ '<start_of_turn>model\\n' }}
{%- endif -%}`,
    rendered: gemmaDialogue,
  },
];

export const MISTRAL: readonly ChatTemplate[] = [
  {
    what: 'Mistral 7B 0.2: brackets that are ordinary text',
    template:
      "{{ bos_token }}{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Conversation roles must alternate') }}{% endif %}{% if message['role'] == 'user' %}{{ '[INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ message['content'] + eos_token}}{% else %}{{ raise_exception('Only user and assistant roles are supported!') }}{% endif %}{% endfor %}",
    rendered: '<s>[INST] Be brief.\n\nTwo and two? [/INST]Four.</s>[INST] And five? [/INST]',
  },
  {
    what: 'Mistral 7B 0.1 as published later: spaces before brackets and answers',
    template:
      "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}{{ ' [INST] ' + message['content'] + ' [/INST]' }}{% elif message['role'] == 'assistant' %}{{ ' ' + message['content'] + eos_token}}{% endif %}{% endfor %}",
    rendered: '<s> [INST] Be brief.\n\nTwo and two? [/INST] Four.</s> [INST] And five? [/INST]',
  },
  {
    what: 'Mistral 7B 0.3: brackets that are tokens, and tools',
    template: `{{- bos_token }}
{%- for message in messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and tools is defined %}
            {{- "[AVAILABLE_TOOLS] [" }}{{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {{- "[INST] " + message["content"] + "[/INST]" }}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- endif %}
{%- endfor %}`,
    rendered: '<s>[INST] Be brief.\n\nTwo and two?[/INST] Four.</s>[INST] And five?[/INST]',
  },
  {
    what: 'Mistral Nemo: no spaces',
    template: `{{- bos_token }}
{%- for message in messages %}
    {%- if message["role"] == "user" %}
        {{- "[INST]" + message["content"] + "[/INST]" }}
    {%- elif message["role"] == "assistant" %}
        {{- message["content"] + eos_token}}
    {%- endif %}
{%- endfor %}`,
    rendered: '<s>[INST]Be brief.\n\nTwo and two?[/INST]Four.</s>[INST]And five?[/INST]',
  },
  {
    what: 'Mistral Small 3: a system role',
    template: `{{- bos_token }}
{%- for message in messages %}
    {%- if message['role'] == 'user' %}
        {{- '[INST]' + message['content'] + '[/INST]' }}
    {%- elif message['role'] == 'system' %}
        {{- '[SYSTEM_PROMPT]' + message['content'] + '[/SYSTEM_PROMPT]' }}
    {%- elif message['role'] == 'assistant' %}
        {{- message['content'] + eos_token }}
    {%- endif %}
{%- endfor %}`,
    rendered: '<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]Two and two?[/INST]Four.</s>[INST]And five?[/INST]',
  },
  {
    what: 'Mistral Large 2411: a system role, and spaces',
    template: `{{- bos_token }}
{%- for message in messages %}
    {%- if message["role"] == "user" %}
        {{- "[INST] " + message["content"] + "[/INST]" }}
    {%- elif message["role"] == "system" %}
        {{- "[SYSTEM_PROMPT] " + message["content"] + "[/SYSTEM_PROMPT]" }}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"] + eos_token }}
    {%- endif %}
{%- endfor %}`,
    rendered: '<s>[SYSTEM_PROMPT] Be brief.[/SYSTEM_PROMPT][INST] Two and two?[/INST] Four.</s>[INST] And five?[/INST]',
  },
];
