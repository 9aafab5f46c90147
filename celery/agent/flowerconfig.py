"""Flower's configuration file (--conf): lets --url_prefix work behind proxies that strip it, too.

With a prefix Flower (1.0 to 2.2) answers under that prefix only, so a proxy must pass it on; the API server's service
proxy and many an Ingress strip it. Here every page answers without the prefix as well, while all links keep it.
A flowerconfig.py of the image's own, in the working directory, is read as if this file were not there.
A failure here is one line on standard error, and only the prefix answers. One thing ends Flower: read-only mode that
is asked for and that this Flower (before 2.1) does not have. It would drop the option in silence and allow everything.
"""


def _refuse_what_would_be_dropped():
    import sys

    from tornado.options import options

    if '--read_only=true' in sys.argv and not hasattr(options, 'read_only'):
        sys.exit('celery-operator: spec.flower.readOnly needs Flower 2.1 or later in the image')


_refuse_what_would_be_dropped()


def _answer_without_prefix():
    import sys

    try:
        from flower import app, urls

        start = app.Flower.__init__

        def plain(handler):
            # Either tornado.web.url or a tuple. Without its name: links are made from names, and keep the prefix.
            pattern, target, *more = (
                (handler.regex.pattern, handler.handler_class, handler.kwargs) if hasattr(handler, 'regex') else handler
            )
            return (pattern, target, *more[:1])

        def init(self, *args, **kwargs):
            start(self, *args, **kwargs)
            if not (self.options.url_prefix or '').strip('/'):
                return
            try:
                pages = [plain(handler) for handler in urls.handlers]
                # The page "not found" stays last; the others answer on every host.
                self.add_handlers('.*', [page for page in pages if page[0] not in ('.*', '.*$')])
            except Exception as error:
                sys.stderr.write('celery-operator: Flower answers under its prefix only: %s\n' % type(error).__name__)

        app.Flower.__init__ = init
    except Exception as error:
        sys.stderr.write('celery-operator: Flower answers under its prefix only: %s\n' % type(error).__name__)


_answer_without_prefix()


def _of_the_image():
    import os

    own = os.path.abspath('flowerconfig.py')
    if os.path.isfile(own) and not os.path.samefile(own, __file__):
        with open(own, encoding='utf-8') as stream:
            exec(compile(stream.read(), own, 'exec'), globals())


_of_the_image()
del _refuse_what_would_be_dropped, _answer_without_prefix, _of_the_image
