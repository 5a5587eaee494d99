import type { Dictionaries } from '../../shared/i18n/index.svelte.ts';

export const designTexts = {
  'zh-CN': {
    designTitle: '设计系统',
    designIntro: '控制台的颜色、组件与状态，都在这一页。新页面只用这里有的东西。',
    designColours: '颜色',
    designButtons: '操作',
    designFields: '输入',
    designPeople: '人物与标记',
    designStates: '空与加载',
    designIcons: '图标',
    designMenu: '菜单',
    designDialog: '弹窗',
    designToast: '提示',
    designSegments: '分段选择',
  },
  en: {
    designTitle: 'Design system',
    designIntro: 'Colours, components and states of the console, on one page. New pages are made of what is here.',
    designColours: 'Colours',
    designButtons: 'Actions',
    designFields: 'Input',
    designPeople: 'People and marks',
    designStates: 'Empty and loading',
    designIcons: 'Icons',
    designMenu: 'Menu',
    designDialog: 'Dialog',
    designToast: 'Toast',
    designSegments: 'Segments',
  },
} satisfies Dictionaries<string>;
