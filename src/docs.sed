# What Doxygen reads in place of the file itself (docs.cmake).

# Markdown: a link to what is no page here would lead nowhere; its text stays. In other links'
# texts Doxygen would print the backquotes.
s/(^|[^!])\[([^][]*)\]\(([^()]*[^d()])\)/\1\2/g
s/\[`([^]`]*)`\]/[\1]/g

# Headers: the file's name is the heading already; every status has a line of its own.
s/^ \* kron_eye[a-z_]*[.]h(pp)? - / * /
s/^ \* {9}(-[0-9]|KRON_EYE|.* untouched)/ * <br>\1/

# C++: of the two names of the namespace that holds the spans (kron_eye.hpp says why), the user
# sees none.
s/^(inline namespace|\} \/\/ namespace) with_.*//
