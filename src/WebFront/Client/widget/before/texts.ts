import type { Dictionaries } from '../../shared/i18n/index.svelte.ts';

/** Texts of the questions before the first message; fetched with them. */
export const texts = {
  'zh-CN': {
    formRequired: '请填写这一项',
    formEmail: '请填写有效的邮箱',
    formPhone: '请填写有效的电话',
    formConsent: '请先勾选同意',
    formChoose: '请选择',
    formQueue: '您想咨询',
    formStart: '开始咨询',
    hoursNone: '休息',
    hoursZone: '时区',
  },
  en: {
    formRequired: 'Please fill this in',
    formEmail: 'Please enter a valid e-mail address',
    formPhone: 'Please enter a valid phone number',
    formConsent: 'Please agree first',
    formChoose: 'Choose…',
    formQueue: 'What is it about?',
    formStart: 'Start chat',
    hoursNone: 'Closed',
    hoursZone: 'Time zone',
  },
} satisfies Dictionaries<string>;

export type TextKey = keyof (typeof texts)['en'];
