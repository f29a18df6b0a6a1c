export const navigation = [{ text: 'Overview', link: '/overview' }]
export const sidebar = []
