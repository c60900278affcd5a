# What Doxygen reads in place of the file itself (docs.cmake).

# Markdown: a link to what is not one of the pages would lead nowhere; its text stays.
s/\[([^][]*)\]\(([^()]*[^d()])\)/\1/g

# C++: of the two names of the namespace that holds the spans (kron_eye.hpp says why), the user
# sees none.
s/^(inline namespace|\} \/\/ namespace) with_.*//
