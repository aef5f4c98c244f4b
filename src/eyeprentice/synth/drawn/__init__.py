"""Drawn people: who do not exist, painted and pulled by the muscles of their faces.

`anatomy` says what somebody looks like, `skin` paints it once, `muscles` pull it, `eye` draws lids and eyeball, and
`face` puts them together.
"""
