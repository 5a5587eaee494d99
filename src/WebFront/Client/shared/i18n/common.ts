import type { Dictionaries } from './index.svelte.ts';

/** Texts that every page needs. */
export const common = {
  'zh-CN': {
    loading: '正在加载…',
    send: '发送',
    retry: '重试',
    cancel: '取消',
    close: '关闭',
    reconnecting: '连接中断，正在重新连接…',
    offline: '您的设备已离线，恢复网络后会自动继续。',
    language: '语言',
  },
  en: {
    loading: 'Loading…',
    send: 'Send',
    retry: 'Retry',
    cancel: 'Cancel',
    close: 'Close',
    reconnecting: 'Connection lost. Reconnecting…',
    offline: 'You are offline. We carry on as soon as the network is back.',
    language: 'Language',
  },
} satisfies Dictionaries<string>;

export type CommonKey = keyof (typeof common)['en'];
