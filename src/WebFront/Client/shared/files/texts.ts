import { type Dictionaries, fill, type Locale, type Params } from '../i18n/index.svelte.ts';

/** Texts about files, for widget and console. Loaded with the code that shows them, not before. */
const texts = {
  'zh-CN': {
    files: '附件',
    image: '图片：{name}',
    download: '下载',
    openImage: '查看大图：{name}',
    close: '关闭',
    remove: '移除 {name}',
    retry: '重试',
    uploading: ({ n }: Params) => `正在上传 ${n}%`,
    checking: '正在检查…',
    ready: '已就绪',
    waiting: '等待网络…',
    unavailable: '暂时无法打开',
    size: '文件过大，最大 {max}',
    type: '不支持这种文件',
    mismatch: '文件内容与扩展名不符',
    damaged: '图片已损坏或尺寸过大',
    infected: '检测到恶意内容，文件已被拒绝',
    off: '此处不接收文件',
    quota: '上传过多，请稍后再试',
    scanner: '暂时无法检查文件，请稍后重试',
    failed: '上传失败，请重试',
    empty: '文件是空的',
    tooMany: ({ n }: Params) => `一次最多发送 ${n} 个文件`,
  },
  en: {
    files: 'Files',
    image: 'Image: {name}',
    download: 'Download',
    openImage: 'View larger: {name}',
    close: 'Close',
    remove: 'Remove {name}',
    retry: 'Retry',
    uploading: ({ n }: Params) => `Uploading ${n}%`,
    checking: 'Checking…',
    ready: 'Ready to send',
    waiting: 'Waiting for the network…',
    unavailable: 'Cannot be opened right now',
    size: 'Too large: at most {max}',
    type: 'This kind of file is not accepted',
    mismatch: 'The file is not what its name says',
    damaged: 'The picture is damaged or far too large',
    infected: 'Something harmful was found: not accepted',
    off: 'Files are not accepted here',
    quota: 'Too many files for now. Try again later.',
    scanner: 'The file could not be checked. Try again in a moment.',
    failed: 'The upload failed. Try again.',
    empty: 'The file is empty',
    tooMany: ({ n }: Params) => `At most ${n} files at a time`,
  },
} satisfies Dictionaries<string>;

export type FileTextKey = keyof (typeof texts)['en'];

export function fileText(locale: Locale, key: FileTextKey, params: Params = {}): string {
  return fill(texts[locale][key], params);
}

/** `1.2 MB`, in the reader's way of writing numbers. */
export function sizeText(locale: Locale, bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? 0 : 1;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${units[unit]}`;
}
